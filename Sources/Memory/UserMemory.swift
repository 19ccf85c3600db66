public import Basics

/// Access to the memory of the current thread's program. Every address is checked to lie below
/// `0x0000_7fff_ffff_f000`; a page that is not there throws `EFAULT`. Pages are faulted in as needed, so the
/// caller may sleep here and holds no short lock. All values are copied; nothing points into user memory.
public enum UserMemory {
  /// One past the highest user address.
  @inline(__always) public static var end: UInt64 { 0x0000_7fff_ffff_f000 }

  /// Throws `EFAULT` unless all `count` bytes at `address` lie in the user half (they need not be mapped).
  public static func check(_ address: UInt64, _ count: Int) throws(Errno) { fatalError("later") }

  /// Fills `bytes` from user memory.
  public static func copyIn(_ address: UInt64, into bytes: inout MutableSpan<UInt8>) throws(Errno) { fatalError("later") }

  /// `count` bytes of user memory. The caller has bounded `count` (at most 1 MiB, else `ENOMEM`).
  public static func copyIn(_ address: UInt64, count: Int) throws(Errno) -> [UInt8] { fatalError("later") }

  /// Writes bytes to user memory.
  public static func copyOut(_ bytes: Span<UInt8>, to address: UInt64) throws(Errno) { fatalError("later") }
  public static func copyOut(_ bytes: [UInt8], to address: UInt64) throws(Errno) { fatalError("later") }

  /// A plain value (integers, structs of integers: any bit pattern must be valid).
  public static func read<Value: BitwiseCopyable>(_ address: UInt64, as: Value.Type = Value.self) throws(Errno) -> Value { fatalError("later") }
  public static func write<Value: BitwiseCopyable>(_ value: Value, to address: UInt64) throws(Errno) { fatalError("later") }

  /// `count` plain values (at most 1 MiB in all, else `ENOMEM`).
  public static func readArray<Value: BitwiseCopyable>(_ address: UInt64, count: Int, as: Value.Type = Value.self) throws(Errno) -> [Value] { fatalError("later") }
  public static func writeArray<Value: BitwiseCopyable>(_ values: [Value], to address: UInt64) throws(Errno) { fatalError("later") }

  /// The bytes of a zero-terminated string, without the zero; `ENAMETOOLONG` when it has more than
  /// `maximum - 1` bytes (`PATH_MAX` counts the zero).
  public static func string(_ address: UInt64, maximum: Int = 4096) throws(Errno) -> [UInt8] { fatalError("later") }

  /// Fills user memory with zeros.
  public static func clear(_ address: UInt64, count: Int) throws(Errno) { fatalError("later") }

  /// The 4-aligned word at `address` (futex(2)). `EINVAL` when misaligned.
  public static func loadWord(_ address: UInt64) throws(Errno) -> UInt32 { fatalError("later") }

  /// Without faulting pages in: nil when the page is not there. May be called under short locks.
  public static func loadWordNoFault(_ address: UInt64) -> UInt32? { fatalError("later") }

  /// Atomically stores `desired` when the word reads `expected`; answers what it read.
  public static func compareExchangeWord(_ address: UInt64, expected: UInt32, desired: UInt32) throws(Errno) -> UInt32 { fatalError("later") }
}
