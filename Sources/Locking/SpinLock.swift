import Machine

/// A short lock around the state it guards. The kernel is not preemptible, so its holder runs until it
/// releases; interrupts stay on, so interrupt handlers must not take it.
///
/// Inside `withLock`: no sleeping, no access to user memory that may fault, no lock of an earlier class.
public struct SpinLock<State: ~Copyable>: ~Copyable, @unchecked Sendable {
  @usableFromInline let core: LockCore
  @usableFromInline let cell: Cell<State>

  @inline(__always) public init(_ lockClass: LockClass, _ state: consuming State) {
    core = LockCore(lockClass)
    cell = Cell(state)
  }

  @inline(__always)
  public borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    core.acquire()
    defer { core.release() }
    return try unsafe body(&cell.address.pointee)
  }

  /// Does nothing and answers nil when the lock is taken.
  @inline(__always)
  public borrowing func tryLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard core.tryAcquire() else { return nil }
    defer { core.release() }
    return try unsafe body(&cell.address.pointee)
  }
}

/// A short lock that interrupt handlers take too: interrupts are off while it is held.
public struct IrqLock<State: ~Copyable>: ~Copyable, @unchecked Sendable {
  @usableFromInline let core: LockCore
  @usableFromInline let cell: Cell<State>

  @inline(__always) public init(_ lockClass: LockClass, _ state: consuming State) {
    core = LockCore(lockClass)
    cell = Cell(state)
  }

  @inline(__always)
  public borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let were = Machine.disableInterrupts()
    core.acquire()
    defer {
      core.release()
      Machine.restoreInterrupts(were)
    }
    return try unsafe body(&cell.address.pointee)
  }

  @inline(__always)
  public borrowing func tryLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    guard core.tryAcquire() else { return nil }
    defer { core.release() }
    return try unsafe body(&cell.address.pointee)
  }
}
