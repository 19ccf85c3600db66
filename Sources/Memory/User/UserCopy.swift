import CX86
import Machine

/// The bare copies between kernel and user memory: addresses have been checked, counts are positive. Each
/// answers how many bytes it did not copy. On the host "user memory" is the test's own.
enum UserCopy {
  @inline(__always)
  static func copyIn(_ target: UnsafeMutableRawPointer, _ address: UInt64, _ count: Int) -> Int {
    #if hasFeature(Embedded)
    let left = unsafe Int(apus_copy_from_user(target, address, count))
    return unsafe left == 0 ? 0 : finishIn(target, address, count, left)
    #else
    guard let source = unsafe UnsafeRawPointer(bitPattern: UInt(address)) else { return count }
    unsafe target.copyMemory(from: source, byteCount: count)
    return 0
    #endif
  }

  @inline(__always)
  static func copyOut(_ address: UInt64, _ source: UnsafeRawPointer, _ count: Int) -> Int {
    #if hasFeature(Embedded)
    let left = unsafe Int(apus_copy_to_user(address, source, count))
    return unsafe left == 0 ? 0 : finishOut(address, source, count, left)
    #else
    guard let target = unsafe UnsafeMutableRawPointer(bitPattern: UInt(address)) else { return count }
    unsafe target.copyMemory(from: source, byteCount: count)
    return 0
    #endif
  }

  @inline(__always)
  static func clear(_ address: UInt64, _ count: Int) -> Int {
    #if hasFeature(Embedded)
    return Int(apus_clear_user(address, count))
    #else
    guard let target = unsafe UnsafeMutableRawPointer(bitPattern: UInt(address)) else { return count }
    unsafe target.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    return 0
    #endif
  }

  #if hasFeature(Embedded)
  // The copies go word by word: one that faults in a word across the end of a page leaves up to seven bytes
  // before that end. They are copied here, so that what is reported missing begins at the missing page.
  @inline(never)
  private static func finishIn(_ target: UnsafeMutableRawPointer, _ address: UInt64, _ count: Int, _ left: Int) -> Int {
    let done = count &- left
    let rest = min(left, Int(4096 &- ((address &+ UInt64(done)) & 4095)))
    guard rest < 8 else { return left }
    return unsafe left &- rest &+ Int(apus_copy_from_user(target + done, address &+ UInt64(done), rest))
  }

  @inline(never)
  private static func finishOut(_ address: UInt64, _ source: UnsafeRawPointer, _ count: Int, _ left: Int) -> Int {
    let done = count &- left
    let rest = min(left, Int(4096 &- ((address &+ UInt64(done)) & 4095)))
    guard rest < 8 else { return left }
    return unsafe left &- rest &+ Int(apus_copy_to_user(address &+ UInt64(done), source + done, rest))
  }
  #endif

  /// Runs `body` in the mode in which a fault on user memory fails at once instead of bringing the page in:
  /// nothing in it sleeps, so it may hold short locks.
  @inline(__always)
  static func withoutFaults<Result>(_ body: () -> Result) -> Result {
    unsafe Machine.block.pointee.no_fault &+= 1
    defer { unsafe Machine.block.pointee.no_fault &-= 1 }
    return body()
  }
}
