@testable import Locking
import Machine

/// The short locks.
enum Locks {
  /// What a lock guards.
  final class Guarded {
    let lock: SpinLock<Int>
    let irqLock: IrqLock<Int>
    let regions: RegionLocks
    init(_ regime: LockRegime, traced: Bool) {
      LockRegime.set(regime, traced: traced)
      regions = RegionLocks()
      regions.install()
      lock = SpinLock(.pipe, 0)
      irqLock = IrqLock(.runQueue, 0)
    }
  }

  static func exclusion(_ regime: LockRegime, cpus: Int, rounds: Int, traced: Bool = false) -> Execution {
    let guarded = Guarded(regime, traced: traced)
    return Execution(
      bodies: (0..<cpus).map { _ in
        {
          for _ in 0..<rounds {
            if regime == .big { BigKernelLock.enter() }
            guarded.lock.withLock { $0 += 1 }
            if regime == .big {
              _ = Machine.disableInterrupts()
              BigKernelLock.leave()
              Machine.enableInterrupts()
            }
          }
        }
      },
      check: {
        let count = guarded.lock.lookAlone { $0 }
        return count == cpus * rounds ? nil : "\(count) of \(cpus * rounds) additions under the lock are left"
      })
  }

  static let property = "one CPU at a time, each gets its turn, no hand-over is lost, who halts is kicked"

  static let all: [Scenario] = [
    Scenario(name: "lock/fine", property: property) { exclusion(.fine, cpus: 2, rounds: 2) },
    Scenario(name: "lock/queue", property: property, cpus: 3, bound: 2, stale: 0) { exclusion(.fine, cpus: 3, rounds: 1) },
    Scenario(name: "lock/traced", property: property) { exclusion(.fine, cpus: 2, rounds: 1, traced: true) },
    Scenario(name: "lock/split", property: property) { exclusion(.split, cpus: 2, rounds: 1) },
    Scenario(name: "lock/big", property: property) { exclusion(.big, cpus: 2, rounds: 1) },
  ]
}
