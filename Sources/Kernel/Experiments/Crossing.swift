import Locking
import Machine
import Synchronization

/// Deadlocks made on purpose. The locks are of a class that has no place in the order (region `machine`), which is what
/// keeps the check of ranks out of the way.
final class Crossing: @unchecked Sendable {
  private let first = IrqLock<Void>(.device, ())
  private let second = IrqLock<Void>(.device, ())
  private let arrived = Atomic<UInt32>(0)

  /// CPU 0 takes the first lock and then the second, CPU 1 the second and then the first; each waits for the other to
  /// have its own. Does nothing on other CPUs, or on a machine with one.
  func takePart() {
    switch Machine.cpu {
    case 0: take(first, then: second)
    case 1: take(second, then: first)
    default: break
    }
  }

  private func take(_ one: borrowing IrqLock<Void>, then other: borrowing IrqLock<Void>) {
    BigKernelLock.leave()
    Watchdog.join()
    one.withLock { _ in
      arrived.wrappingAdd(1, ordering: .sequentiallyConsistent)
      while arrived.load(ordering: .sequentiallyConsistent) < 2 { Machine.pause() }
      other.withLock { _ in }
    }
  }

  /// Takes a short lock with interrupts on and never gives it back.
  static func takeAndKeep() {
    let lock = SpinLock<Void>(.device, ())
    Watchdog.join()
    Machine.enableInterrupts()
    lock.withLock { _ in while true { Machine.pause() } }
  }

  /// Takes two classes in one order and then in the other.
  static func takeBothWays() {
    let device = IrqLock<Void>(.device, ())
    let entropy = IrqLock<Void>(.entropy, ())
    device.withLock { _ in entropy.withLock { _ in } }
    entropy.withLock { _ in device.withLock { _ in } }
  }
}
