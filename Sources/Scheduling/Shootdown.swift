// Making other CPUs forget translations. The request goes out as an NMI, so it is served whatever the CPU does,
// also while it waits for a lock with interrupts off: asking never deadlocks, with any lock held.
import Locking
import Machine
import Synchronization

/// One CPU's request to others. Each CPU has one, and waits until it is served before it makes the next.
final class ShootdownRequest: @unchecked Sendable {
  /// Address space concerned, first address, pages (0: everything of it), and whether to let go of the tables.
  let context = Atomic<UInt64>(0)
  let start = Atomic<UInt64>(0)
  let pages = Atomic<Int>(0)
  let evict = Atomic<Bool>(false)
  /// CPUs that have not served it.
  let pending = AtomicCPUSet()
  let left = Atomic<Int>(0)
}

public enum Shootdown {
  /// Above this many pages a CPU forgets everything instead: INVLPG and its refills cost more.
  private static var fullAbove: Int { 16 }

  /// Makes every CPU that has `context` loaded forget `pages` pages from `start` on (0 pages: all of it). When
  /// it returns, none uses an old translation. Call after the tables have changed, before frames are freed.
  /// From thread context, any lock held but interrupt locks.
  public static func flush(_ context: SwitchContext, start: UInt64 = 0, pages: Int = 0) {
    let were = Machine.disableInterrupts()
    let own = Machine.cpu
    var targets = context.active.load()
    if targets.contains(own) {
      forget(start, pages)
      targets.remove(own)
    }
    if !targets.isEmpty { ask(targets, context.root, start, pages, evict: false) }
    Machine.restoreInterrupts(were)
  }

  /// Makes every CPU that still has `context` loaded, idle or in kernel threads, load the kernel's tables: the
  /// address space is about to go. No thread runs in it any more.
  public static func evict(_ context: SwitchContext, to kernel: SwitchContext) {
    let were = Machine.disableInterrupts()
    if Current.isActiveContext(context) { Scheduler.load(kernel) }
    let targets = context.active.load()
    if !targets.isEmpty { ask(targets, context.root, 0, 0, evict: true) }
    Machine.restoreInterrupts(were)
  }

  private static func ask(_ targets: CPUSet, _ root: UInt64, _ start: UInt64, _ pages: Int, evict: Bool) {
    guard let table = Scheduler.table else { return }
    let own = Machine.cpu
    let request = table.shootdowns[own]
    request.context.store(root, ordering: .relaxed)
    request.start.store(start, ordering: .relaxed)
    request.pages.store(pages, ordering: .relaxed)
    request.evict.store(evict, ordering: .relaxed)
    request.left.store(targets.count, ordering: .sequentiallyConsistent)
    targets.forEach { request.pending.insert($0) }
    targets.forEach { cpu in
      table.shootdownInboxes[cpu].insert(own)
      Machine.kick(cpu)
    }
    // Interrupts are off, but requests of others reach us all the same.
    while request.left.load(ordering: .acquiring) > 0 { Machine.pause() }
  }

  /// Serves what others ask of this CPU. From the NMI handler: no lock, no allocation, no reference counted.
  public static func serve() {
    #if hasFeature(Embedded)
    guard let table = Scheduler.table else { return }
    let own = Machine.cpu
    let inbox = table.shootdownInboxes[own]
    inbox.load().forEach { asker in
      inbox.remove(asker)
      let request = table.shootdowns[asker]
      guard request.pending.remove(own) else { return }
      if request.evict.load(ordering: .relaxed) {
        leave(request.context.load(ordering: .relaxed), table)
      } else {
        forget(request.start.load(ordering: .relaxed), request.pages.load(ordering: .relaxed))
      }
      request.left.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    }
    #endif
  }

  private static func leave(_ root: UInt64, _ table: ProcessorTable) {
    guard let kernel = table.kernelContext, let old = Current.activeContext(SwitchContext.self), old.root == root else {
      return
    }
    kernel.active.insert(Machine.cpu)
    Machine.loadPageTables(kernel.root)
    Current.setActiveContext(kernel)
    old.active.remove(Machine.cpu)
  }

  @inline(__always) private static func forget(_ start: UInt64, _ pages: Int) {
    if pages == 0 || pages > fullAbove { return Machine.invalidateAll() }
    for page in 0..<pages { Machine.invalidatePage(start &+ UInt64(page) &* 4096) }
  }
}

/// An `AtomicCPUSet` with an address of its own.
final class CPUInbox: @unchecked Sendable {
  private let set = AtomicCPUSet()
  func insert(_ cpu: Int) { set.insert(cpu) }
  func remove(_ cpu: Int) { set.remove(cpu) }
  func load() -> CPUSet { set.load() }
}
