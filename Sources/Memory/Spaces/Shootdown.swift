import CX86
import Locking
import Machine
import Scheduling
import Synchronization

/// TLB shootdown: making other CPUs forget translations before the frames behind them are used anew.
///
/// The initiator writes what is to be forgotten into its own request, marks itself in the inbox of each target,
/// sends an NMI (`Machine.kick`) and waits until all have answered. An NMI, since a target may spin for a lock
/// with interrupts off: under the regimes `split` and `big` it may be the very lock that the initiator holds.
/// Requests need no lock: each CPU has one of its own, stable until all have answered; a target that is itself
/// waiting as an initiator still takes the NMI.
public enum Shootdown {
  /// Above so many pages all of the TLB is emptied: cheaper than one by one.
  static var pagesOneByOne: UInt64 { 8 }

  /// Makes every CPU that may have `context` loaded forget pages `start` ..< `end`. The page-table entries
  /// have been changed already. When it returns no CPU uses the old ones. May be called under locks.
  static func flush(root: UInt64, active: borrowing AtomicCPUSet, _ start: UInt64, _ end: UInt64) {
    // The change of the entries must be visible before we look who is active: a CPU that joins later
    // loads the tables after that, and sees the change.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    let me = Machine.cpu
    var others = active.load()
    if others.contains(me) {
      others.remove(me)
      flushHere(start, end)
    }
    if !others.isEmpty { ask(others, start, end) }
  }

  /// Makes all CPUs forget everything that is not global, and the kernel's stacks.
  static func flushEverywhere() {
    #if hasFeature(Embedded) || EXPLORED
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    var others = Scheduler.answering
    others.remove(Machine.cpu)
    flushGlobal()
    if !others.isEmpty { ask(others, 0, .max) }
    #endif
  }

  /// Makes the running CPU forget everything: it is back, and was not asked while it was gone.
  public static func forgetAll() {
    #if hasFeature(Embedded) || EXPLORED
    flushGlobal()
    #endif
  }

  @inline(__always) private static func flushHere(_ start: UInt64, _ end: UInt64) {
    if end &- start <= pagesOneByOne &* 4096 {
      var address = start
      while address < end {
        Machine.invalidatePage(address)
        address &+= 4096
      }
    } else {
      Machine.invalidateAll()
    }
  }

  #if EXPLORED
  private static func flushGlobal() { Machine.invalidateAll() }
  #elseif hasFeature(Embedded)
  /// Toggling CR4.PGE empties the TLB of global entries too (Intel SDM vol. 3, 4.10.4.1). One of the two writes changes
  /// the bit even for an NMI handler that arrives between another's.
  private static func flushGlobal() {
    let were = Machine.disableInterrupts()
    let cr4 = apus_read_cr4()
    apus_write_cr4(cr4 ^ 1 &<< 7)
    apus_write_cr4(cr4)
    Machine.restoreInterrupts(were)
  }
  #endif

  @inline(never) private static func ask(_ others: CPUSet, _ start: UInt64, _ end: UInt64) {
    #if hasFeature(Embedded) || EXPLORED
    // With interrupts on, a handler could start a shootdown of its own with the same request.
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    let me = Machine.cpu
    let request = unsafe ShootdownBox.of(me)
    unsafe request.pointee.start = start
    unsafe request.pointee.end = end
    unsafe request.pointee.unanswered.store(UInt32(others.count), ordering: .releasing)
    others.forEach { cpu in
      unsafe ShootdownBox.of(cpu).pointee.inbox.insert(me)
      Machine.kick(cpu)
    }
    while unsafe request.pointee.unanswered.load(ordering: .acquiring) != 0 { Machine.pause() }
    #endif
  }

  /// Answers the requests in this CPU's inbox. Called for every NMI: takes no lock and allocates nothing.
  public static func service() {
    #if hasFeature(Embedded) || EXPLORED
    guard let box = unsafe ShootdownBox.ifMade(Machine.cpu) else { return }
    for word in 0..<4 {
      var bits = unsafe box.pointee.inbox.takeWord(word)
      while bits != 0 {
        let from = word &* 64 &+ bits.trailingZeroBitCount
        bits &= bits &- 1
        let request = unsafe ShootdownBox.of(from)
        let start = unsafe request.pointee.start
        let end = unsafe request.pointee.end
        if end == .max { flushGlobal() } else { flushHere(start, end) }
        unsafe request.pointee.unanswered.subtract(1, ordering: .releasing)
      }
    }
    #endif
  }
}

/// A CPU's request to others and the inbox of others' requests to it.
struct ShootdownBox: ~Copyable {
  var start: UInt64 = 0
  var end: UInt64 = 0
  let unanswered = Atomic<UInt32>(0)
  let inbox = AtomicCPUSet()

  init() {}

  static func of(_ cpu: Int) -> UnsafeMutablePointer<ShootdownBox> {
    guard let box = unsafe ifMade(cpu) else { Machine.panic("shootdown of a CPU without memory", UInt64(cpu)) }
    return unsafe box
  }

  static func ifMade(_ cpu: Int) -> UnsafeMutablePointer<ShootdownBox>? {
    guard let block = unsafe apus_memory_block_at(UInt32(cpu)) else { return nil }
    let memory = unsafe block.assumingMemoryBound(to: CPUMemory.self)
    return unsafe memory.pointee.shootdown
  }
}
