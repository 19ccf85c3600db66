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

  /// CPU 0 goes into the scheduling region (under `big`, into the operating system) and stays; then CPU 1 goes in as if
  /// there were no lock. Under `fine` a region has no lock, and nothing happens.
  func trespass() {
    guard Machine.cpu < 2 else { return }
    BigKernelLock.leave()
    let region: Region
    switch LockRegime.current {
    case .fine: return
    case .split: region = .scheduling
    case .big: region = .machine
    }
    switch Machine.cpu {
    case 0:
      BigKernelLock.enter()
      let inside = IrqLock<Void>(.runQueue, ())
      inside.withLock { _ in
        arrived.store(1, ordering: .sequentiallyConsistent)
        while true { Machine.pause() }
      }
    case 1:
      while arrived.load(ordering: .sequentiallyConsistent) == 0 { Machine.pause() }
      RegionLocks.trespass(in: region)
    default: break
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
