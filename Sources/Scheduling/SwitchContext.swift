import Locking

/// What a context switch knows of an address space: the page tables to load, and who has them loaded.
open class SwitchContext {
  /// Physical address of the top-level page table (for CR3).
  public final let root: UInt64
  /// The CPUs whose TLB may hold entries of it. A CPU joins before it loads the tables, and leaves after
  /// it has loaded others.
  public final let active = AtomicCPUSet()

  public init(root: UInt64) { self.root = root }
}
