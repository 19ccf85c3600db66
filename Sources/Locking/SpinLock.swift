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
    // Not `defer`, which becomes a function of its own, called at every use.
    let result: Result
    // An address of its own: `&cell.address.pointee` would tell Thread Sanitizer that all of this lock is changed.
    let state = unsafe cell.address
    do throws(Failure) {
      result = try unsafe body(&state.pointee)
    } catch {
      core.releaseAfterError()
      throw error
    }
    core.release()
    return result
  }

  /// Does nothing and answers nil when the lock is taken.
  @inline(__always)
  public borrowing func tryLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard core.tryAcquire() else { return nil }
    defer { core.release() }
    let state = unsafe cell.address
    return try unsafe body(&state.pointee)
  }

  /// Runs `body` on the state without the lock. For the only one who ever changes the state: what others do under the
  /// lock is then looking too, and nothing changes under either. Who calls this says why nobody else changes it.
  @inline(__always)
  public borrowing func lookAlone<Result: ~Copyable, Failure: Error>(
    _ body: (borrowing State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(cell.address.pointee)
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
    let result: Result
    // An address of its own: `&cell.address.pointee` would tell Thread Sanitizer that all of this lock is changed.
    let state = unsafe cell.address
    do throws(Failure) {
      result = try unsafe body(&state.pointee)
    } catch {
      core.releaseAfterError()
      Machine.restoreInterrupts(were)
      throw error
    }
    Machine.check(!Machine.interruptsEnabled, "interrupts were on in a lock that handlers take")
    core.release()
    Machine.restoreInterrupts(were)
    return result
  }

  /// `withLock` where interrupts are off already.
  @inline(__always)
  public borrowing func withLockUninterrupted<Result: ~Copyable>(_ body: (inout State) -> Result) -> Result {
    core.acquire()
    let state = unsafe cell.address
    let result = unsafe body(&state.pointee)
    core.release()
    return result
  }

  @inline(__always)
  public borrowing func tryLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    guard core.tryAcquire() else { return nil }
    defer { core.release() }
    let state = unsafe cell.address
    return try unsafe body(&state.pointee)
  }
}
