import Basics
import Files
import Locking
import Machine
import Scheduling
import Synchronization

/// Everything that all processes share: the process tree, futexes, the machine's names and its wall clock. The
/// kernel makes one when it starts; each `Task` refers to it.
public final class System: @unchecked Sendable {
  let tree: IrqLock<ProcessTree>
  let futexes = FutexTable()
  public let names: SpinLock<HostNames>
  public let clock = WallClockOffset()
  public let unknownCalls = UnknownCalls()
  /// Threads made since the start (`processes` of /proc/stat).
  let created = Atomic<UInt64>(0)
  /// Leaves for user mode with the registers that lie on the task's stack; does not return. LinuxABI's.
  let startProgram: (Task) -> Void
  /// The calling thread's program ends the machine (`reboot(2)`).
  public let endMachine: (MachineEnd) -> Void

  public enum MachineEnd: Sendable { case halt, powerOff, restart }

  /// The kernel's own page tables, for threads whose program is gone.
  let kernelContext: SwitchContext

  public init(
    kernelContext: SwitchContext, startProgram: @escaping (Task) -> Void, endMachine: @escaping (MachineEnd) -> Void
  ) {
    self.kernelContext = kernelContext
    tree = IrqLock(.processTree, ProcessTree())
    names = SpinLock(.identifiers, HostNames())
    self.startProgram = startProgram
    self.endMachine = endMachine
  }

  /// The thread of a number.
  public func task(_ id: Int32) -> Task? {
    tree.withLock { (tree: inout ProcessTree) in tree.task(id) }
  }

  public func process(_ id: Int32) -> Process? {
    tree.withLock { (tree: inout ProcessTree) in tree.process(id) }
  }

  /// Threads alive.
  public var threadCount: Int {
    tree.withLock { (tree: inout ProcessTree) in tree.threadCount }
  }
}

/// `sethostname(2)`, `setdomainname(2)`.
public struct HostNames: Sendable {
  public var host: [UInt8] = [0x61, 0x70, 0x75, 0x73]  // "apus"
  public var domain: [UInt8] = [0x28, 0x6e, 0x6f, 0x6e, 0x65, 0x29]  // "(none)"
}

/// What the wall clock is ahead of the monotonic one, nanoseconds; zero until somebody knows the time.
public final class WallClockOffset: Sendable {
  /// Nanoseconds since 1970.
  public var now: Int64 { WallClock.now() }

  /// Says what time it is.
  public func set(_ nanoseconds: Int64) { WallClock.set(nanoseconds) }

  public var ahead: Int64 { WallClock.ahead }
}
