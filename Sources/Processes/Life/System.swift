import Basics
import Devices
import Files
import Locking
import Machine
import Scheduling
import Sockets
import Synchronization

/// Everything that all processes share: the process tree, futexes, the machine's names and its wall clock. The
/// kernel makes one when it starts; each `Task` refers to it.
public final class System: @unchecked Sendable {
  let tree: IrqLock<ProcessTree>
  let futexes = FutexTable()
  public let names: SpinLock<HostNames>
  public let random: RandomSource
  public let unknownCalls = UnknownCalls()
  /// Started by the kernel at boot.
  public let load = LoadAverage()
  /// Addresses of local sockets.
  public let socketNames = SocketNames()
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
    kernelContext: SwitchContext, random: RandomSource, startProgram: @escaping (Task) -> Void, endMachine: @escaping (MachineEnd) -> Void
  ) {
    self.kernelContext = kernelContext
    self.random = random
    tree = IrqLock(.processTree, ProcessTree())
    names = SpinLock(.identifiers, HostNames())
    self.startProgram = startProgram
    self.endMachine = endMachine
  }

  /// Random bytes.
  public func randomBytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    random.fill(&span)
    return bytes
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
