/// A short lock that can be left out: only for the experiment `none`, which shows what locks are for. Its state is
/// words that are each atomic, and is only borrowed, so that without the lock several CPUs may be inside and nothing
/// but those words goes wrong.
public struct OmissibleLock<State: ~Copyable>: ~Copyable, @unchecked Sendable {
  private let core: LockCore
  private let cell: Cell<State>
  /// Whether there is a lock at all.
  public let isReal: Bool

  public init(_ lockClass: LockClass, isReal: Bool, _ state: consuming State) {
    core = LockCore(lockClass)
    cell = Cell(state)
    self.isReal = isReal
  }

  /// Runs `body` on the state, alone when the lock is real. Locks: as a `SpinLock` of the class.
  @inline(__always)
  public borrowing func withLock<Result>(_ body: (borrowing State) -> Result) -> Result {
    if isReal { core.acquire() }
    defer { if isReal { core.release() } }
    return unsafe body(cell.address.pointee)
  }
}
