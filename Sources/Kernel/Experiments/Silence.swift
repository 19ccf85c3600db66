import Locking
import Machine
import Scheduling
import Synchronization

/// Makes CPU 1 fall silent while it idles or runs a program, as a CPU does that its firmware has taken away (system
/// management mode) or its host: it takes no interrupt any more, and no NMI either. The processor holds back further NMIs
/// until the handler of one returns (Intel SDM vol. 3, 6.7.1), and this one's does not.
final class Silence: KernelTimer, @unchecked Sendable {
  private let inProgram: Bool
  private let isDue = Atomic<Bool>(false)

  init(inProgram: Bool) {
    self.inProgram = inProgram
    super.init()
  }

  #if hasFeature(Embedded)
  private static var patience: UInt64 { 1_500_000_000 }
  private static var cpu: Int { 1 }

  /// Begins in a while, when the system has started its programs.
  func start() { arm(at: Machine.now() &+ Self.patience) }

  /// Asks again until the CPU is found as it is to be.
  override func fire() {
    isDue.store(true, ordering: .sequentiallyConsistent)
    Machine.kick(Self.cpu)
    arm(at: Machine.now() &+ 20_000_000)
  }

  /// In an NMI: is it time, and does the CPU do what it is to be silent in?
  /// - Parameter isProgram: the NMI interrupted a program
  func mayBegin(isProgram: Bool) {
    guard isDue.load(ordering: .sequentiallyConsistent), Machine.cpu == Self.cpu else { return }
    let isIdle = Current.withThreadIfAny(Thread.self) { $0.identifier == 0 } ?? false
    guard inProgram ? isProgram : isIdle else { return }
    while true { Machine.pause() }
  }
  #endif
}
