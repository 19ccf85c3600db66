import Basics
import Devices
import Files
import Locking
import Machine
import Memory
import Scheduling

extension ProcRoot {
  /// The files about the machine as a whole, each in `proc(5)`.
  func addSystemFiles(_ sources: ProcSources) {
    addFile("cmdline") { (text) throws(Errno) in
      text.add(sources.commandLine)
      text.newLine()
    }
    addFile("cpuinfo") { (text) throws(Errno) in text.addProcessors(Scheduler.online) }
    addFile("devices") { (text) throws(Errno) in
      text.add("Character devices:\n  1 mem\n  4 tty\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n136 pts\n")
      text.add("\nBlock devices:\n")
    }
    addFile("filesystems") { (text) throws(Errno) in
      for type in sources.namespace.types {
        text.add(type.needsDevice ? "\t" : "nodev\t")
        text.add(type.name)
        text.newLine()
      }
    }
    addFile("interrupts") { (text) throws(Errno) in text.addInterrupts(Scheduler.online, sources.interrupts) }
    addFile("loadavg") { (text) throws(Errno) in text.addLoad(sources.processes.totals()) }
    // "echo 0 > /proc/lock_stat" forgets; Linux takes anything else for nothing (Documentation/locking/lockstat.rst).
    addFile(
      "lock_stat", mode: 0o644,
      write: { (bytes) throws(Errno) in
        guard bytes.first == 0x30 else { return }
        Scheduler.onEachCPU({ LockStatistics.prepare() }, offline: { LockStatistics.prepare(offline: $0) })
      },
      read: { (text) throws(Errno) in text.addLockStatistics() })
    #if CHECKED
    let own = addDirectory("apus")
    own.addFile("lock_order") { (text) throws(Errno) in text.addLockOrder() }
    own.addFile("live") { (text) throws(Errno) in
      for kind in CountedKind.allCases {
        text.add(kind.name)
        text.add(byte: 0x20)
        text.add(UInt64(max(0, Balance.count(kind))))
        text.newLine()
      }
    }
    own.addFile("lock_balance") { (text) throws(Errno) in text.addLockBalance() }
    #endif
    addFile("meminfo") { (text) throws(Errno) in text.addMemory(sources.namespace) }
    addFile("slabinfo", mode: 0o400) { (text) throws(Errno) in text.addHeap() }
    addFile("stat") { (text) throws(Errno) in
      text.addStatistics(sources.processes.totals(), sources.interrupts, bootTime: sources.bootTime)
    }
    addFile("swaps") { (text) throws(Errno) in text.add("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n") }
    addFile("partitions") { (text) throws(Errno) in text.add("major minor  #blocks  name\n\n") }
    addFile("diskstats") { (text) throws(Errno) in }
    addFile("uptime") { (text) throws(Errno) in
      var idle: UInt64 = 0
      Scheduler.present.forEach { idle &+= Scheduler.processor($0)?.times.idle ?? 0 }
      text.add(hundredths: Machine.now() / 10_000_000)
      text.add(byte: 0x20)
      text.add(hundredths: idle / 10_000_000)
      text.newLine()
    }
    addFile("version") { (text) throws(Errno) in
      text.add(sources.identity.systemName)
      text.add(" version ")
      text.add(sources.identity.release)
      text.add(" (apus) (Swift 6.3) ")
      text.add(sources.identity.version)
      text.newLine()
    }
  }
}

extension Text {
  /// `/proc/loadavg`.
  mutating func addLoad(_ totals: SystemTotals) {
    for load in [totals.load.0, totals.load.1, totals.load.2] {
      add(hundredths: (load &* 100 &+ 10) / 2048)  // rounded as Linux does
      add(byte: 0x20)
    }
    add(totals.runnableThreads)
    add("/")
    add(totals.allThreads)
    add(byte: 0x20)
    add(totals.lastProcess)
    newLine()
  }

  /// `/proc/uptime`'s neighbour: `/proc/stat`. Times are in ticks of 10 ms.
  mutating func addStatistics(_ totals: SystemTotals, _ interrupts: InterruptController?, bootTime: Int64) {
    // Who has gone keeps its counts: they stay in all sums.
    let present = Scheduler.present
    var sum = [UInt64](repeating: 0, count: 4)
    var switches: UInt64 = 0
    present.forEach { cpu in
      guard let times = Scheduler.processor(cpu)?.times else { return }
      for (index, time) in [times.user, times.nice, times.system, times.idle].enumerated() { sum[index] &+= time }
      switches &+= times.switches
    }
    add("cpu ")
    addTimes(sum)
    Scheduler.online.forEach { cpu in
      guard let times = Scheduler.processor(cpu)?.times else { return }
      add("cpu")
      add(cpu)
      addTimes([times.user, times.nice, times.system, times.idle])
    }
    var taken: UInt64 = 0
    present.forEach { cpu in
      for vector in UInt8(0x20)...0xff { taken &+= Machine.interruptCount(cpu: cpu, vector: vector) ?? 0 }
    }
    add("intr ")
    add(taken)
    interrupts?.forEachLine { line in
      var count: UInt64 = 0
      present.forEach { count &+= Machine.interruptCount(cpu: $0, vector: line.vector) ?? 0 }
      add(byte: 0x20)
      add(count)
    }
    add("\nctxt ")
    add(switches)
    add("\nbtime ")
    add(Int(bootTime))
    add("\nprocesses ")
    add(totals.created)
    add("\nprocs_running ")
    add(totals.runnableThreads)
    add("\nprocs_blocked ")
    add(totals.blockedThreads)
    add("\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n")
  }

  /// User, nice, system, idle; we have no others.
  private mutating func addTimes(_ times: [UInt64]) {
    for time in times {
      add(byte: 0x20)
      add(clockTicks(time))
    }
    add(" 0 0 0 0 0 0\n")
  }

  /// `/proc/meminfo`. Pages of tmpfs count as cached, as on Linux.
  mutating func addMemory(_ namespace: Namespace) {
    let statistics = Frames.statistics
    var shared: UInt64 = 0
    var seen: [FileSystem] = []
    for mount in namespace.mounts where !seen.contains(where: { $0 === mount.fileSystem }) {
      seen.append(mount.fileSystem)
      let status = mount.fileSystem.status()
      guard status.magic == 0x0102_1994, status.blocks >= status.freeBlocks else { continue }
      shared &+= (status.blocks &- status.freeBlocks) &* UInt64(status.blockSize) / 1024
    }
    let free = UInt64(max(statistics.free, 0)) * 4
    let available = UInt64(max(statistics.free - statistics.reserve, 0)) * 4
    size("MemTotal:", UInt64(max(statistics.total, 0)) * 4)
    size("MemFree:", free)
    size("MemAvailable:", available)
    size("Buffers:", 0)
    size("Cached:", shared)
    size("SwapCached:", 0)
    size("SwapTotal:", 0)
    size("SwapFree:", 0)
    size("Dirty:", 0)
    size("Writeback:", 0)
    size("Shmem:", shared)
    size("Slab:", UInt64(max(statistics.heap, 0)) * 4)
    size("SReclaimable:", 0)
    size("SUnreclaim:", UInt64(max(statistics.heap, 0)) * 4)
    size("KernelStack:", UInt64(max(statistics.kernelStacks, 0)) * 4)
    size("PageTables:", UInt64(max(statistics.pageTables, 0)) * 4)
    size("CommitLimit:", UInt64(max(statistics.total, 0)) * 4)
    size("Committed_AS:", UInt64(max(statistics.total - statistics.free, 0)) * 4)
    size("VmallocTotal:", 34_359_738_367)
    size("VmallocUsed:", 0)
  }

  private mutating func size(_ label: StaticString, _ kibibytes: UInt64) {
    add(label)
    for _ in label.utf8CodeUnitCount..<16 { add(byte: 0x20) }
    add(kibibytes, width: 8)
    add(" kB\n")
  }
}
