import Basics
import Locking
import Machine

extension Scheduler {
  /// Waits, alone and on no queue, until `attempt` gives a value. Who changes what `attempt` looks at wakes the thread
  /// afterwards (`Scheduler.wake`), of which it keeps a reference until it has done so. No wake-up is lost: the sleep is
  /// announced before `attempt` looks, and a wake-up from then on ends it, or keeps it from beginning.
  ///
  /// `attempt` takes what locks it needs, and may run any number of times; it must not sleep.
  /// - Parameter deadline: monotonic nanoseconds (`Machine.now()`); nil waits for ever.
  /// - Throws: `ERESTARTSYS` when a signal (for `killable`: death) waits, `ETIMEDOUT` at the deadline.
  /// - Locks: may sleep.
  public static func park<Result>(
    _ mode: WaitMode, deadline: UInt64?, _ attempt: () -> Result?
  ) throws(Errno) -> Result {
    LockCheck.maySleep()
    guard let deadline else { return try park(mode, alarm: nil, attempt) }
    let alarm = SleepAlarm(Thread.current, deadline)
    defer { alarm.cancel() }
    return try park(mode, alarm: alarm, attempt)
  }

  private static func park<Result>(
    _ mode: WaitMode, alarm: SleepAlarm?, _ attempt: () -> Result?
  ) throws(Errno) -> Result {
    try Current.withThread(Thread.self) { (thread) throws(Errno) -> Result in
      while true {
        thread.announceSleep(mode)
        if let result = attempt() {
          thread.cancelSleep()
          return result
        }
        if thread.hasReason(against: mode) {
          thread.cancelSleep()
          throw .ERESTARTSYS
        }
        if let alarm, alarm.hasFired {
          thread.cancelSleep()
          throw .ETIMEDOUT
        }
        sleep()
      }
    }
  }
}
