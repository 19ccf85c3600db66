#if hasFeature(Embedded)
import Basics
import Devices
import Files
import LinuxABI
import Locking
import Machine
import Memory
import Processes
import Scheduling

/// The first thread: it starts what needs a thread to be started, and becomes the kernel's init.
enum FirstThread {
  static func start(_ kernel: Kernel, _ loader: StartInfo<MachineMemory>) {
    do throws(Errno) {
      try KernelThread.start {
        do throws(Errno) { try run(kernel, loader) } catch {
          Machine.panic("cannot start the first process", UInt64(error.rawValue))
        }
      }
    } catch {
      Machine.panic("no memory for the first thread")
    }
  }

  /// Devices, the tree of files, then process 1.
  private static func run(_ kernel: Kernel, _ loader: StartInfo<MachineMemory>) throws(Errno) {
    let devices = MachineDevices.start(kernel.platform, loader.commandLine, kernel.interrupts, FrameDMA())
    devices.interrupts.spread(over: kernel.processors.online.load())
    kernel.processors.duties = ProcessorDuties(devices.interrupts)
    if devices.time != 0 { WallClock.set(devices.time * 1_000_000_000) }
    let namespace = Trees.makeRoot(loader)
    let streams = HostStreams(devices.console)
    let system = System(kernelContext: kernel.context, random: devices.random, endMachine: { _ in streams.endMachine() })
    system.load.start()
    try Trees.mount(namespace, system, devices, streams, loader, cpus: kernel.processors.processors.count)
    let root = namespace.rootLocation
    let context = FSContext(namespace: namespace, root: root, working: root, umask: 0o022)
    try system.startInit(context) { task in Init(task, streams, namespace).run() }
  }
}

/// What Devices and Memory do when a CPU goes or comes back.
private final class ProcessorDuties: PresenceDuties, @unchecked Sendable {
  private let interrupts: InterruptController
  init(_ interrupts: InterruptController) { self.interrupts = interrupts }
  override func spreadInterrupts(over online: CPUSet) { interrupts.spread(over: online) }
  override func leaves() { Memory.retire() }
  override func returns() { Shootdown.forgetAll() }
}
#endif
