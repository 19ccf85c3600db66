#if hasFeature(Embedded)
import Basics
import Devices
import Locking
import Machine
import Memory
import Scheduling

/// Where entry assembly arrives on the CPU that the machine started first. This is the boot order, a line a step.
@c(apus_boot) public func boot(startInfo: UInt64) -> Never {
  let start = Machine.ticks()
  CPUBlocks.adoptBootCPU()
  LockStatistics.prepare()
  guard let loader = StartInfo(at: startInfo, memory: MachineMemory()) else { Machine.panic("no PVH start info") }
  let commandLine = loader.commandLine
  let ringBytes = BootOptions.ringBytes(commandLine)
  LockRegime.set(BootOptions.regime(commandLine), traced: ringBytes > 0)
  let regionLocks = RegionLocks()
  regionLocks.install()
  BigKernelLock.enter()
  let interruptTable = CPUBlocks.makeInterruptTable()
  CPUBlocks.loadTables(interruptTable: interruptTable)
  ProcessorFeatures.enable(bigLock: BigKernelLock.isReal, traced: ringBytes > 0)
  LocalAPIC.enable(timerVector: Vector.timer, spuriousVector: Vector.spurious)
  CPUBlocks.setOwnIdentifier(LocalAPIC.ownIdentifier)
  Calibration.run(base: start)
  let platform = PlatformDescription(rsdp: loader.rsdp, memory: MachineMemory())
  let cpus = StartCPUs.order(platform)
  Watchdog.set(limit: BootOptions.watchdogLimit(commandLine))
  BootMemory.start(loader, cpus: cpus.count, ringBytes: ringBytes)
  let processors = ProcessorTable(count: cpus.count)
  let kernel = Kernel(
    platform: platform, regionLocks: regionLocks, processors: processors,
    interrupts: InterruptController(platform, cpus: CPUSet(first: 1)),
    context: SwitchContext(root: CPUBlocks.kernelRoot), interruptTable: interruptTable,
    experiment: Experiment(commandLine, cpus: cpus.count))
  Retained.keep(kernel)
  Current.setKernel(kernel)
  Scheduler.adopt(processors, bootStack: CPUBlocks.bootStack, context: kernel.context)
  StartCPUs.startOthers(cpus, kernel)
  if commandLine.has("panic-test") { Machine.panic("asked for by panic-test") }
  kernel.experiment?.start()
  kernel.experiment?.takePart()
  Watchdog.join()
  FirstThread.start(kernel, loader)
  Machine.enableInterrupts()
  Scheduler.idle()
}

enum BootOptions {
  static func regime(_ line: CommandLine<MachineMemory>) -> LockRegime {
    guard let value = line.value(of: "locks") else { return .fine }
    if value.is("big") { return .big }
    if value.is("split") { return .split }
    // `none` is no regime: the experiment leaves its own locks out, and the kernel around it keeps its own.
    guard value.is("none") else { return .fine }
    guard let experiment = line.value(of: "experiment"), experiment.is("race") else {
      Machine.panic("locks=none starts only experiment=race")
    }
    return .fine
  }

  /// How long a CPU may be silent, wait for a short lock or hold one, in nanoseconds; 0 for no watchdog.
  /// `watchdog=SECONDS` says; without it the checked kernel takes 10 seconds and the plain one does not watch.
  static func watchdogLimit(_ line: CommandLine<MachineMemory>) -> UInt64 {
    if let race = line.value(of: "experiment"), race.is("race") { return 0 }
    if let seconds = line.value(of: "watchdog")?.number { return min(seconds, 3600) * 1_000_000_000 }
    #if CHECKED
    return 10_000_000_000
    #else
    return 0
    #endif
  }
}

extension BootOptions {
  /// Bytes for each CPU's ring of the trace (`trace=`); 0 for no trace.
  static func ringBytes(_ line: CommandLine<MachineMemory>) -> UInt64 { line.value(of: "trace")?.number ?? 0 }
}

enum BootMemory {
  /// Gives Memory what the loader reports, less what is taken, and less the trace's rings where one is asked for.
  static func start(_ loader: StartInfo<MachineMemory>, cpus: Int, ringBytes: UInt64) {
    var usable: [PhysicalRange] = []
    loader.forEachMemoryRange { range in
      if range.isUsable { usable.append(PhysicalRange(start: range.start, end: range.end)) }
    }
    let image = CPUBlocks.imageRange
    var reserved = [
      PhysicalRange(start: 0, end: 0x10_0000), PhysicalRange(start: image.start, end: image.end),
    ]
    if let archive = loader.module(0) { reserved.append(PhysicalRange(start: archive.start, end: archive.end)) }
    if ringBytes > 0 {
      let length = Trace.areaLength(cpus: cpus, ringBytes: ringBytes)
      if let area = PhysicalRange.free(length, in: usable, besides: reserved, below: 2 << 30) {
        reserved.append(area)
        Trace.start(at: area.start, cpus: cpus, ringBytes: ringBytes, regime: LockRegime.current.rawValue)
        Trace.describeLocks()
      }
    }
    Memory.start(usable: usable, reserved: reserved, cpus: cpus, mapped: 4 << 30)
  }
}
#endif
