import Locking
import Machine
import Synchronization

/// The load averages of the last 1, 5 and 15 minutes (`/proc/loadavg`, `sysinfo(2)`): how many threads run or wait
/// for a CPU, looked at every five seconds and averaged with exponential decay, as Linux does.
public final class LoadAverage: KernelTimer, @unchecked Sendable {
  private let ofOneMinute = Atomic<UInt64>(0)
  private let ofFiveMinutes = Atomic<UInt64>(0)
  private let ofFifteenMinutes = Atomic<UInt64>(0)

  /// One in the fixed-point numbers of `values`.
  public static var one: UInt64 { 2048 }
  private static var interval: UInt64 { 5_000_000_000 }

  /// Begins to look, for ever.
  public func start() { arm(at: Machine.now() &+ Self.interval) }

  /// In units of 1/2048.
  public var values: (UInt64, UInt64, UInt64) {
    (
      ofOneMinute.load(ordering: .relaxed), ofFiveMinutes.load(ordering: .relaxed),
      ofFifteenMinutes.load(ordering: .relaxed)
    )
  }

  /// Threads that run or wait for a CPU now. Racy by nature.
  public static var runnable: Int {
    guard let table = Scheduler.table else { return 0 }
    var count = 0
    table.online.load().forEach { cpu in
      count &+= max(table.processors[cpu].queued.load(ordering: .relaxed), 0)
      if !table.idle.contains(cpu) { count &+= 1 }
    }
    return count
  }

  public override func fire() {
    let active = UInt64(Self.runnable) &* Self.one
    // 2048 / exp(5 s / 1, 5 and 15 minutes)
    Self.decay(ofOneMinute, 1884, active)
    Self.decay(ofFiveMinutes, 2014, active)
    Self.decay(ofFifteenMinutes, 2037, active)
    arm(at: Machine.now() &+ Self.interval)
  }

  private static func decay(_ average: borrowing Atomic<UInt64>, _ factor: UInt64, _ active: UInt64) {
    let old = average.load(ordering: .relaxed)
    // Rounded up while the load grows, so that it gets there.
    let sum = old &* factor &+ active &* (one &- factor) &+ (active >= old ? one &- 1 : 0)
    average.store(sum / one, ordering: .relaxed)
  }
}
