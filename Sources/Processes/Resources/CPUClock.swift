import Locking
import Scheduling

/// What a timer of CPU time measures (`setitimer(2)`, `timer_create(2)`).
public enum CPUClock {
  /// User time of a process: `ITIMER_VIRTUAL`.
  case user(Process)
  /// User and system time of a process: `ITIMER_PROF`, `CLOCK_PROCESS_CPUTIME_ID`, `RLIMIT_CPU`.
  case total(Process)
  /// User and system time of a thread: `CLOCK_THREAD_CPUTIME_ID`.
  case thread(Task)

  /// A moment of a clock.
  struct Reading {
    /// Nanoseconds, up to the threads' last switch or tick.
    var time: UInt64
    /// By how much the clock can advance in a nanosecond at most: the threads that it measures. None: it stands still
    /// for ever.
    var threads: Int

    /// The earliest moment (monotonic) at which the clock can show `time`. What has run since the last tick is not in
    /// the reading, so looking again before the next one is of no use.
    func earliest(_ time: UInt64, now: UInt64) -> UInt64 {
      guard time > self.time, threads > 0 else { return now }
      return now &+ max((time &- self.time) / UInt64(threads), 4_000_000)
    }
  }

  /// Locks: takes the process's `signals`; any context.
  var reading: Reading {
    switch self {
    case .user(let process): process.cpuTime { $0.userTime }
    case .total(let process): process.cpuTime { $0.userTime &+ $0.systemTime }
    case .thread(let task):
      task.process.signals.withLock { (state: inout SignalState) in
        Reading(time: task.totalRuntime, threads: state.threads.contains { $0 === task } ? 1 : 0)
      }
    }
  }
}

extension Process {
  fileprivate func cpuTime(_ part: (ResourceUsage) -> UInt64) -> CPUClock.Reading {
    signals.withLock { (state: inout SignalState) in
      var time = part(state.endedUsage)
      for task in state.threads { time &+= part(task.usage) }
      return CPUClock.Reading(time: time, threads: state.threads.count)
    }
  }
}
