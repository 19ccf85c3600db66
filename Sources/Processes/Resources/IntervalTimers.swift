/// A process's timers; see `setitimer(2)`, `timer_create(2)`.
public final class IntervalTimers: @unchecked Sendable {
  func forgetAll() {}
  func forgetPosix() {}
}
