public import Basics
import CX86
import Machine
import Synchronization

/// Access to the memory of the current thread's program. Every address is checked to lie below
/// `0x0000_7e7f_ffff_f000`; a page that is not there throws `EFAULT`. Pages are faulted in as needed, so the
/// caller may sleep here and holds no short lock. All values are copied; nothing points into user memory.
public enum UserMemory {
  /// One past the highest user address.
  @inline(__always) public static var end: UInt64 { 0x0000_7e7f_ffff_f000 }

  /// How far copies may reach: to `end`; on the host, where user memory is the test's own, as far as Linux places it.
  #if hasFeature(Embedded)
  @inline(__always) static var reach: UInt64 { end }
  #else
  static var reach: UInt64 { 0x0000_7fff_ffff_f000 }
  #endif

  /// The most that one call copies into a new array.
  private static var largestArray: Int { 1 &<< 20 }

  /// Throws `EFAULT` unless all `count` bytes at `address` lie in the user half (they need not be mapped).
  @inline(__always)
  public static func check(_ address: UInt64, _ count: Int) throws(Errno) {
    if count < 0 || UInt64(count) > reach || address > reach &- UInt64(count) { throw .EFAULT }
  }

  // MARK: Bytes

  /// Fills `bytes` from user memory.
  public static func copyIn(_ address: UInt64, into bytes: inout MutableSpan<UInt8>) throws(Errno) {
    let count = bytes.count
    try check(address, count)
    guard count > 0 else { return }
    let left = unsafe bytes.withUnsafeMutableBufferPointer { (buffer: UnsafeMutableBufferPointer<UInt8>) -> Int in
      unsafe UserCopy.copyIn(UnsafeMutableRawPointer(buffer.baseAddress.unsafelyUnwrapped), address, count)
    }
    if left != 0 { throw .EFAULT }
  }

  /// `count` bytes of user memory. The caller has bounded `count` (at most 1 MiB, else `ENOMEM`).
  public static func copyIn(_ address: UInt64, count: Int) throws(Errno) -> [UInt8] {
    try readArray(address, count: count, as: UInt8.self)
  }

  /// Writes bytes to user memory.
  public static func copyOut(_ bytes: Span<UInt8>, to address: UInt64) throws(Errno) {
    try unsafe bytes.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) throws(Errno) in try unsafe copyOut(buffer, to: address) }
  }

  public static func copyOut(_ bytes: RawSpan, to address: UInt64) throws(Errno) {
    try unsafe bytes.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) throws(Errno) in try unsafe copyOut(buffer, to: address) }
  }

  public static func copyOut(_ bytes: [UInt8], to address: UInt64) throws(Errno) {
    try copyOut(bytes.span, to: address)
  }

  private static func copyOut(_ bytes: UnsafeRawBufferPointer, to address: UInt64) throws(Errno) {
    try check(address, bytes.count)
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    if unsafe UserCopy.copyOut(address, start, bytes.count) != 0 { throw .EFAULT }
  }

  /// Fills user memory with zeros.
  public static func clear(_ address: UInt64, count: Int) throws(Errno) {
    try check(address, count)
    if count > 0, UserCopy.clear(address, count) != 0 { throw .EFAULT }
  }

  // MARK: Values

  /// A plain value (integers, structs of integers: any bit pattern must be valid).
  @inline(__always)
  public static func read<Value: BitwiseCopyable>(_ address: UInt64, as: Value.Type = Value.self) throws(Errno) -> Value {
    let size = MemoryLayout<Value>.size
    try check(address, size)
    return try unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) {
      (buffer: UnsafeMutableBufferPointer<Value>) throws(Errno) -> Value in
      let start = unsafe buffer.baseAddress.unsafelyUnwrapped
      if unsafe UserCopy.copyIn(UnsafeMutableRawPointer(start), address, size) != 0 { throw .EFAULT }
      return unsafe start.pointee
    }
  }

  @inline(__always)
  public static func write<Value: BitwiseCopyable>(_ value: Value, to address: UInt64) throws(Errno) {
    let size = MemoryLayout<Value>.size
    try check(address, size)
    var value = value
    let left = unsafe withUnsafeMutablePointer(to: &value) { (pointer: UnsafeMutablePointer<Value>) -> Int in
      unsafe UserCopy.copyOut(address, UnsafeRawPointer(pointer), size)
    }
    if left != 0 { throw .EFAULT }
  }

  /// `count` plain values (at most 1 MiB in all, else `ENOMEM`).
  public static func readArray<Value: BitwiseCopyable>(
    _ address: UInt64, count: Int, as: Value.Type = Value.self
  ) throws(Errno) -> [Value] {
    guard count > 0 else { return [] }
    let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Value>.stride)
    if overflow || size > largestArray { throw .ENOMEM }
    try check(address, size)
    try Memory.admit(size)
    var failed = false
    let result = unsafe [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
      let start = unsafe UnsafeMutableRawPointer(buffer.baseAddress.unsafelyUnwrapped)
      failed = unsafe UserCopy.copyIn(start, address, size) != 0
      initialized = failed ? 0 : count
    }
    if failed { throw .EFAULT }
    return result
  }

  public static func writeArray<Value: BitwiseCopyable>(_ values: [Value], to address: UInt64) throws(Errno) {
    guard !values.isEmpty else { return }
    let size = values.count &* MemoryLayout<Value>.stride
    try check(address, size)
    let left = unsafe values.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) -> Int in
      unsafe UserCopy.copyOut(address, buffer.baseAddress.unsafelyUnwrapped, size)
    }
    if left != 0 { throw .EFAULT }
  }

  /// The bytes of a zero-terminated string, without the zero; `ENAMETOOLONG` when it has more than
  /// `maximum - 1` bytes (`PATH_MAX` counts the zero).
  public static func string(_ address: UInt64, maximum: Int = 4096) throws(Errno) -> [UInt8] {
    guard address < reach, maximum > 0, maximum <= largestArray else { throw .EFAULT }
    // Most names are short: read in pieces that end with a page at the latest, growing.
    var result: [UInt8] = []
    var at = address
    var piece = 64
    while result.count < maximum {
      let count = min(min(piece, maximum &- result.count), min(Int(4096 &- (at & 4095)), Int(reach &- at)))
      guard count > 0 else { throw .EFAULT }
      let before = result.count
      result.reserveCapacity(before &+ count)
      let length = pieceOfString(at, count, appendingTo: &result)
      if length < 0 { throw .EFAULT }
      if length < count { return result }
      at &+= UInt64(count)
      piece = min(piece &* 4, 4096)
    }
    throw .ENAMETOOLONG
  }

  /// Appends up to `count` bytes up to a zero. Answers how many, or -1.
  private static func pieceOfString(_ address: UInt64, _ count: Int, appendingTo result: inout [UInt8]) -> Int {
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { (buffer: UnsafeMutableBufferPointer<UInt8>) -> Int in
      #if hasFeature(Embedded)
      let length = unsafe Int(apus_string_from_user(buffer.baseAddress.unsafelyUnwrapped, address, count))
      #else
      var length = 0
      guard let source = unsafe UnsafePointer<UInt8>(bitPattern: UInt(address)) else { return -1 }
      while length < count, unsafe source[length] != 0 {
        unsafe buffer[length] = source[length]
        length += 1
      }
      #endif
      guard length > 0 else { return length }
      for index in 0..<length { unsafe result.append(buffer[index]) }
      return length
    }
  }

  // MARK: Words (futex(2))

  /// The 4-aligned word at `address`. `EINVAL` when misaligned.
  public static func loadWord(_ address: UInt64) throws(Errno) -> UInt32 {
    try checkWord(address)
    #if hasFeature(Embedded)
    let value = apus_user_load(address)
    if value < 0 { throw .EFAULT }
    return UInt32(truncatingIfNeeded: value)
    #else
    return hostWord(address)
    #endif
  }

  /// Without faulting pages in: nil when the page is not there. May be called under short locks.
  public static func loadWordNoFault(_ address: UInt64) -> UInt32? {
    guard address & 3 == 0, address <= reach &- 4 else { return nil }
    #if hasFeature(Embedded)
    let value = UserCopy.withoutFaults { apus_user_load(address) }
    return value < 0 ? nil : UInt32(truncatingIfNeeded: value)
    #else
    return hostWord(address)
    #endif
  }

  /// Atomically stores `desired` when the word reads `expected`; answers what it read.
  public static func compareExchangeWord(_ address: UInt64, expected: UInt32, desired: UInt32) throws(Errno) -> UInt32 {
    try checkWord(address)
    #if hasFeature(Embedded)
    let value = apus_user_compare_exchange(address, expected, desired)
    if value < 0 { throw .EFAULT }
    return UInt32(truncatingIfNeeded: value)
    #else
    let word = unsafe UnsafeMutablePointer<Atomic<UInt32>>(bitPattern: UInt(address)).unsafelyUnwrapped
    return unsafe word.pointee.compareExchange(
      expected: expected, desired: desired, ordering: .sequentiallyConsistent
    ).original
    #endif
  }

  #if !hasFeature(Embedded)
  /// A word of the test's own memory, which other threads change meanwhile.
  private static func hostWord(_ address: UInt64) -> UInt32 {
    let word = unsafe UnsafeMutablePointer<Atomic<UInt32>>(bitPattern: UInt(address)).unsafelyUnwrapped
    return unsafe word.pointee.load(ordering: .sequentiallyConsistent)
  }
  #endif

  private static func checkWord(_ address: UInt64) throws(Errno) {
    if address & 3 != 0 { throw .EINVAL }
    try check(address, 4)
  }
}
