import Locking

/// A number in a lock that was made as a tracing kernel makes its locks, or as others do.
final class TracedCounter: Sendable {
  let lock: SpinLock<Int>
  init(traced: Bool) {
    LockRegime.set(.fine, traced: traced)
    lock = SpinLock(.pipe, 0)
    LockRegime.set(.fine)
  }
}
