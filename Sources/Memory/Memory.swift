public import Basics

/// The region Memory: frames, the kernel heap, kernel mappings and address spaces. See ARCHITECTURE.md.
public enum Memory {
  /// Throws `ENOMEM` unless the kernel can allocate `bytes` on top of its reserve: called, with no lock held,
  /// at the start of an operation that makes the kernel heap grow on behalf of a user.
  public static func admit(_ bytes: Int) throws(Errno) {}
}
