import Devices
import Locking
import Machine
import Memory
import Scheduling

/// All of the operating system's state. One object, made in the order of `Boot`; every CPU's block points to it.
public final class Kernel: @unchecked Sendable {
  public let platform: PlatformDescription
  public let regionLocks: RegionLocks
  public let processors: ProcessorTable
  public let interrupts: InterruptController
  /// The kernel's own page tables, for threads without an address space.
  public let context: SwitchContext
  /// Address of the interrupt descriptor table that all CPUs load.
  let interruptTable: UInt
  /// What the CPUs do in the place of an operating system's work; nil for the ordinary start.
  let experiment: Experiment?
  /// That of the experiment, for the NMI's handler; nil for the ordinary start.
  let silence: Silence?

  init(
    platform: PlatformDescription, regionLocks: RegionLocks, processors: ProcessorTable,
    interrupts: InterruptController, context: SwitchContext, interruptTable: UInt, experiment: Experiment?
  ) {
    self.platform = platform
    self.regionLocks = regionLocks
    self.processors = processors
    self.interrupts = interrupts
    self.context = context
    self.interruptTable = interruptTable
    self.experiment = experiment
    if case .silent(let silence)? = experiment { self.silence = silence } else { silence = nil }
  }

  /// The kernel that runs.
  static var current: Kernel? { Current.kernel(Kernel.self) }
}
