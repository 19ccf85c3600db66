import CX86
import Machine

/// The order in which locks were really taken, by class: for each pair, whether the one was held while the other was
/// taken. The checked kernel notes it at each acquisition, each CPU in its own words; who reads puts them together.
public enum LockOrder {
  /// Notes that class `inner` was taken (waiting for it, if need be) while `outer` was held innermost. Pairs further
  /// apart follow from the chain. Stops the kernel when the pair closes a circle.
  @inline(__always) static func note(outer: UInt8, inner: UInt8, site: UInt64) {
    let block = unsafe Machine.block
    if unsafe apus_lock_order_row(block, UInt32(outer)) & (1 &<< UInt64(inner)) != 0 { return }
    add(outer, inner, site)
  }

  /// Under `split`: the CPU is about to take the lock of `region`.
  @inline(__always) static func note(entering region: Region) {
    #if CHECKED
    let block = unsafe Machine.block
    for number in Region.files.rawValue...Region.memory.rawValue where number != region.rawValue {
      if unsafe apus_region_depth(block, UInt32(number)).pointee != 0 {
        note(outer: lockOfRegion(number), inner: lockOfRegion(region.rawValue), site: apus_return_address())
      }
    }
    #endif
  }

  @inline(__always) private static func lockOfRegion(_ number: UInt8) -> UInt8 { LockClass.filesRegion.rawValue &+ number }

  @inline(never) private static func add(_ outer: UInt8, _ inner: UInt8, _ site: UInt64) {
    let block = unsafe Machine.block
    apus_lock_order_set_site(UInt32(outer), UInt32(inner), site)
    unsafe apus_lock_order_add(block, UInt32(outer), UInt32(inner))
    // Two of one class have an order of their own (`mayNest`).
    guard outer != inner else { return }
    let path = LockPath(from: inner, to: outer) { row(of: $0) }
    if path.count > 0 { stop(path, outer, inner) }
  }

  #if CHECKED
  /// Notes that a second lock of a class is taken, at `address`, in which direction of addresses. Stops the kernel where
  /// the class has the rule that the lower one is taken first.
  @inline(never) static func noteNesting(_ lockClass: LockClass, _ address: UInt64) {
    let block = unsafe Machine.block
    let outer = unsafe apus_held_lock(block, block.pointee.held_count &- 1).pointee
    let bit: UInt64 = 1 &<< UInt64(lockClass.rawValue)
    if address > outer {
      unsafe block.pointee.nested_up |= bit
    } else {
      unsafe block.pointee.nested_down |= bit
      if lockClass.nestsByAddress {
        Machine.panic("two locks of one class, the higher address first: class", UInt64(lockClass.rawValue))
      }
    }
  }
  #endif

  /// In which directions of addresses two locks of a class were ever held together (checked kernel).
  public static func nesting(of lockClass: LockClass) -> (up: Bool, down: Bool) {
    var (up, down): (UInt64, UInt64) = (0, 0)
    for cpu in 0..<Machine.cpuLimit {
      guard let block = unsafe apus_cpu_at(UInt32(cpu)) else { continue }
      unsafe up |= block.pointee.nested_up
      unsafe down |= block.pointee.nested_down
    }
    let bit: UInt64 = 1 &<< UInt64(lockClass.rawValue)
    return (up & bit != 0, down & bit != 0)
  }

  /// The classes ever taken while class `outer` was held, a bit for each.
  public static func row(of outer: UInt8) -> UInt64 {
    var row: UInt64 = 0
    for cpu in 0..<Machine.cpuLimit {
      guard let block = unsafe apus_cpu_at(UInt32(cpu)) else { continue }
      unsafe row |= apus_lock_order_row(block, UInt32(outer))
    }
    return row
  }

  /// The code that took `inner` first while `outer` was held: a return address.
  public static func site(outer: LockClass, inner: LockClass) -> UInt64 {
    apus_lock_order_site(UInt32(outer.rawValue), UInt32(inner.rawValue))
  }

  private static func stop(_ path: LockPath, _ outer: UInt8, _ inner: UInt8) -> Never {
    #if hasFeature(Embedded)
    let own = Machine.cpu
    Machine.stop(reporting: { $0 == own }) {
      EarlyLog.write("lock order: a circle\nnow: ")
      printHeld(and: inner)
      EarlyLog.write("\nbefore: ")
      for index in 0..<path.count {
        if index > 0 { EarlyLog.write(" then ") }
        EarlyLog.write(name(path[index]))
      }
      EarlyLog.write("\n")
      for index in 1..<path.count {
        EarlyLog.write("before, ")
        EarlyLog.write(name(path[index]))
        EarlyLog.write(" was taken with ")
        EarlyLog.write(name(path[index - 1]))
        EarlyLog.write(" held at ")
        EarlyLog.write(hex: apus_lock_order_site(UInt32(path[index - 1]), UInt32(path[index])))
        EarlyLog.write("\n")
      }
    }
    #else
    Machine.panic("lock order: a circle")
    #endif
  }

  #if hasFeature(Embedded)
  /// What this CPU holds, and what it is about to take.
  private static func printHeld(and inner: UInt8) {
    let block = unsafe Machine.block
    for index in 0..<(unsafe block.pointee.held_count) {
      EarlyLog.write(name(unsafe apus_held_at(block, index)))
      EarlyLog.write(" then ")
    }
    EarlyLog.write(name(inner))
  }
  #endif

  private static func name(_ number: UInt8) -> StaticString { LockClass(rawValue: number)?.name ?? "unknown" }
}

/// The shortest way from one class to another along observed pairs. Allocates nothing: it is looked for with locks held.
public struct LockPath {
  private var classes: InlineArray<64, UInt8> = .init(repeating: 0)
  /// How many classes are on it, both ends included; 0 when there is no way.
  public private(set) var count = 0

  public subscript(index: Int) -> UInt8 { classes[index] }

  /// - Parameter row: the classes taken while one was held
  public init(from start: UInt8, to end: UInt8, row: (UInt8) -> UInt64) {
    var queue: InlineArray<64, UInt8> = .init(repeating: 0)
    var parents: InlineArray<64, UInt8> = .init(repeating: 0)
    var seen: UInt64 = 1 &<< UInt64(start)
    queue[0] = start
    var (head, tail) = (0, 1)
    while head < tail, seen & (1 &<< UInt64(end)) == 0 {
      let current = queue[head]
      head &+= 1
      var new = row(current) & ~seen
      while new != 0 {
        let next = UInt8(truncatingIfNeeded: new.trailingZeroBitCount)
        new &= new &- 1
        seen |= 1 &<< UInt64(next)
        parents[Int(next)] = current
        queue[tail] = next
        tail &+= 1
      }
    }
    guard seen & (1 &<< UInt64(end)) != 0 else { return }
    var length = 1
    var step = end
    while step != start {
      step = parents[Int(step)]
      length &+= 1
    }
    count = length
    step = end
    for index in 0..<length {
      classes[length &- 1 &- index] = step
      step = parents[Int(step)]
    }
  }
}
