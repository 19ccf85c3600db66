import Locking
import Machine
import Scheduling

/// Keeps `RLIMIT_CPU` (`setrlimit(2)`): `SIGXCPU` at the soft limit and for every second from there, `SIGKILL` at the hard
/// one. Nothing is asked at a tick or a switch: a timer goes off when the limit can have been reached at the earliest,
/// looks at what was used, and is armed again for the rest.
final class CPULimit: KernelTimer, @unchecked Sendable {
  private let process: Process
  /// False once the process has ended. The timer is armed and cancelled under this lock, since calls and its own
  /// interrupt do so.
  private let isKept = IrqLock(.identifiers, true)

  init(_ process: Process) {
    self.process = process
    super.init()
  }

  /// Compares use and limit, and sees to it that it happens again when it must. Any context.
  func look() {
    let reading = CPUClock.total(process).reading
    guard reading.threads > 0 else { return }
    let (due, next) = process.limits.compareCPU(seconds: reading.time / 1_000_000_000)
    if let next {
      let deadline = reading.earliest(min(next, 1 << 33) &* 1_000_000_000, now: Machine.now())
      isKept.withLock { (isKept: inout Bool) in if isKept { arm(at: deadline) } }
    }
    if let due { process.post(.kernel(due)) }
  }

  override func fire() { look() }

  /// The process has ended.
  func forget() {
    isKept.withLock { (isKept: inout Bool) in
      isKept = false
      cancel()
    }
  }
}
