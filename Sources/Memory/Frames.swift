import Basics

/// Frames of physical memory: the face that the other rooms use. Each frame handed out has one reference;
/// the last `release` gives it back. May be called under any lock and with interrupts off.
public enum Frames {
  /// A frame on behalf of a user: nil when only the kernel's reserve is left. `zeroed`: filled with zeros.
  public static func allocate(zeroed: Bool) -> Frame? { fatalError("later") }

  /// 2^order neighbouring frames, naturally aligned, on behalf of a user. They have one reference count.
  public static func allocate(order: Int, zeroed: Bool) -> Frame? { fatalError("later") }

  /// As `allocate`, but may use the kernel's reserve: for what the kernel itself cannot do without.
  public static func allocateForKernel(order: Int = 0, zeroed: Bool) -> Frame? { fatalError("later") }

  /// One more reference to a frame that has at least one.
  public static func retain(_ frame: Frame) { fatalError("later") }

  /// One reference less; the last one frees the frame (all 2^order of them).
  public static func release(_ frame: Frame) { fatalError("later") }

  /// References now; a hint unless the caller excludes others.
  public static func references(_ frame: Frame) -> Int { fatalError("later") }

  /// Fills `count` bytes from `offset` on with zeros. The range must lie within the frame.
  public static func clear(_ frame: Frame, offset: Int = 0, count: Int = 4096) { fatalError("later") }

  /// Copies a whole page.
  public static func copyPage(from source: Frame, to target: Frame) { fatalError("later") }

  /// Copies bytes between frames; ranges must lie within them.
  public static func copy(from source: Frame, offset: Int, to target: Frame, at: Int, count: Int) { fatalError("later") }

  /// Copies bytes out of a frame into an array, which must be long enough.
  public static func copy(from source: Frame, offset: Int, into bytes: inout [UInt8], at: Int, count: Int) { fatalError("later") }

  /// Copies bytes of an array into a frame.
  public static func copy(from bytes: [UInt8], at: Int, to target: Frame, offset: Int, count: Int) { fatalError("later") }

  /// Lends the bytes of a frame.
  public static func withBytes<Result: ~Copyable, Failure: Error>(
    of frame: Frame, _ body: (inout MutableSpan<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result { fatalError("later") }

  /// What `/proc/meminfo` tells.
  public static var statistics: MemoryStatistics { fatalError("later") }
}

/// Numbers of frames (4 KiB each).
public struct MemoryStatistics: Sendable {
  /// Frames that the machine has for use.
  public var total = 0
  /// Free ones, those in CPUs' magazines included.
  public var free = 0
  /// Of the free ones, those kept for the kernel.
  public var reserve = 0
  /// In use by the kernel heap, by page tables, by kernel stacks.
  public var heap = 0
  public var pageTables = 0
  public var kernelStacks = 0
}
