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

  /// The handler of an interrupt takes the lock that the interrupted code takes, and waits for, with them on and off.
  static func interrupted(_ regime: LockRegime, nested: Bool) -> Execution {
    let guarded = Guarded(regime, traced: false)
    let handled = Handled()
    let add = { guarded.irqLock.withLock { $0 += 1 } }
    return Execution(
      bodies: [
        {
          if nested {
            guarded.lock.withLock { $0 += 1 }
          } else {
            add()
          }
        },
        {
          Machine.interrupt(0, vector: 0x40)
          if nested {
            guarded.lock.withLock { (count: inout Int) in
              count += 1
              add()
            }
          } else {
            add()
          }
        },
      ],
      interrupt: { _ in
        add()
        handled.count += 1
      },
      check: {
        let wanted = (nested ? 1 : 2) + handled.count
        let count = guarded.irqLock.withLock { $0 }
        return count == wanted ? nil : "\(count) of \(wanted) additions under the lock are left"
      })
  }
  final class Handled { var count = 0 }

  /// One takes the lock, the other tries to.
  static func trying() -> Execution {
    let guarded = Guarded(.fine, traced: false)
    let got = Handled()
    return Execution(
      bodies: [
        { guarded.lock.withLock { $0 += 1 } },
        { if guarded.lock.tryLock({ $0 += 1 }) != nil { got.count = 1 } },
      ],
      check: {
        let count = guarded.lock.lookAlone { $0 }
        return count == 1 + got.count ? nil : "\(count) of \(1 + got.count) additions under the lock are left"
      })
  }

  static let property = "one CPU at a time, each gets its turn, no hand-over is lost, who halts is kicked"
  static let handlers = "a handler gets the lock that the interrupted code has or waits for, and takes it from nobody"

  static let all: [Scenario] = [
    Scenario(name: "lock/fine", property: property) { exclusion(.fine, cpus: 2, rounds: 2) },
    Scenario(name: "lock/queue", property: property, cpus: 3, bound: 2) { exclusion(.fine, cpus: 3, rounds: 1) },
    Scenario(name: "lock/traced", property: property) { exclusion(.fine, cpus: 2, rounds: 1, traced: true) },
    Scenario(name: "lock/split", property: property) { exclusion(.split, cpus: 2, rounds: 1) },
    Scenario(name: "lock/big", property: property) { exclusion(.big, cpus: 2, rounds: 1) },
    Scenario(name: "lock/try", property: "an attempt gets the lock or leaves it alone") { trying() },
    Scenario(name: "lock/handler", property: handlers) { interrupted(.fine, nested: false) },
    Scenario(name: "lock/handler-split", property: handlers) { interrupted(.split, nested: false) },
    Scenario(name: "lock/handler-waiting", property: handlers) { interrupted(.fine, nested: true) },
  ]
}
