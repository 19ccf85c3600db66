/// What an inode is: the values are the type bits of `st_mode` shifted down by 12 (`inode(7)`), and also those
/// of `d_type` in directory entries.
public enum FileKind: UInt8 {
  case fifo = 1
  case characterDevice = 2
  case directory = 4
  case blockDevice = 6
  case regular = 8
  case symbolicLink = 10
  case socket = 12

  /// The kind in the type bits of a mode; nil when those name none. No type bits mean a regular file, as `mknod(2)` says.
  public init?(mode: UInt32) {
    let bits = UInt8(truncatingIfNeeded: (mode & 0o170000) >> 12)
    guard let kind = FileKind(rawValue: bits == 0 ? 8 : bits) else { return nil }
    self = kind
  }

  /// The type bits as in `st_mode`.
  public var modeBits: UInt32 { UInt32(rawValue) << 12 }
}

/// A device's major and minor number.
public struct DeviceNumber: Equatable {
  public var major: UInt32
  public var minor: UInt32

  public init(major: UInt32, minor: UInt32) {
    self.major = major
    self.minor = minor
  }

  /// From user space's 64-bit `dev_t` (glibc's and the kernel's "huge" encoding, `makedev(3)`).
  public init(encoded: UInt64) {
    major = UInt32(truncatingIfNeeded: ((encoded >> 8) & 0xfff) | ((encoded >> 32) & ~0xfff))
    minor = UInt32(truncatingIfNeeded: (encoded & 0xff) | ((encoded >> 12) & ~0xff))
  }

  /// As `st_dev` and `st_rdev` show it.
  public var encoded: UInt64 {
    let (major, minor) = (UInt64(major), UInt64(minor))
    return (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12) | ((major & ~0xfff) << 32)
  }

  public static var none: DeviceNumber { DeviceNumber(major: 0, minor: 0) }
}

/// Bits of a mode below the type (`inode(7)`).
public enum FileMode {
  public static var setUserID: UInt32 { 0o4000 }
  public static var setGroupID: UInt32 { 0o2000 }
  public static var sticky: UInt32 { 0o1000 }
  /// Everything that `chmod(2)` may set.
  public static var all: UInt32 { 0o7777 }
}
