#if hasFeature(Embedded)
import Devices
import Locking
import Machine
import Memory
import Scheduling

/// Bringing up the CPUs that the machine did not start by itself. After `startCPU` all are alike.
enum StartCPUs {
  /// The CPUs' APIC identifiers by index: the running CPU has index 0, the others follow in the firmware's order.
  static func order(_ platform: PlatformDescription) -> [UInt8] {
    let own = LocalAPIC.ownIdentifier
    var order = [own]
    for identifier in platform.processors where identifier != UInt32(own) && identifier < 255 {
      if order.count < 255 { order.append(UInt8(identifier)) }
    }
    return order
  }

  /// Starts all other CPUs at once (INIT, start-up; Intel SDM vol. 3, 9.4.4) and waits until each is online.
  static func startOthers(_ cpus: [UInt8], _ kernel: Kernel) {
    guard cpus.count > 1 else { return CPUBlocks.removeIdentityMapping() }
    for index in 1..<cpus.count {
      guard let stack = KernelStacks.allocate() else { Machine.panic("no stack for CPU", UInt64(index)) }
      CPUBlocks.make(index: index, identifier: cpus[index], stack: stack)
      Memory.add(cpu: index)
      Trace.begin(on: index)
    }
    let page = CPUBlocks.placeTrampoline()
    // They come in one after the other.
    BigKernelLock.leave()
    LocalAPIC.initializeOthers()
    wait(10_000)
    LocalAPIC.startOthers(page: page)
    let patience = Machine.now() &+ 60_000_000_000
    var again = Machine.now() &+ 200_000_000
    while kernel.processors.online.load().count < cpus.count {
      Machine.pause()
      let now = Machine.now()
      if now > again {
        // The second start-up interrupt of the manual's algorithm: a CPU that runs ignores it.
        LocalAPIC.startOthers(page: page)
        again = .max
      }
      if now > patience { Machine.panic("a CPU did not start; online", UInt64(kernel.processors.online.load().count)) }
    }
    BigKernelLock.enter()
    CPUBlocks.removeIdentityMapping()
  }

  private static func wait(_ nanoseconds: UInt64) {
    let end = Machine.now() &+ nanoseconds
    while Machine.now() < end { Machine.pause() }
  }
}

/// Where entry assembly arrives on every other CPU.
@c(apus_start_cpu) public func startCPU() -> Never {
  LockStatistics.prepare()
  guard let kernel = Kernel.current, let stack = CPUBlocks.ownStartStack else { Machine.panic("a CPU without a kernel") }
  CPUBlocks.loadTables(interruptTable: kernel.interruptTable)
  ProcessorFeatures.enable(bigLock: BigKernelLock.isReal, traced: Trace.isOn)
  LocalAPIC.enable(timerVector: Vector.timer, spuriousVector: Vector.spurious)
  BigKernelLock.enter()
  Scheduler.adopt(kernel.processors, bootStack: stack, context: kernel.context)
  kernel.experiment?.takePart()
  Watchdog.join()
  Scheduler.idle()
}
#endif
