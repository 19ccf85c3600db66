/// Clock ticks of user space per nanosecond figure: `sysconf(_SC_CLK_TCK)` is 100.
func clockTicks(_ nanoseconds: UInt64) -> UInt64 { nanoseconds / 10_000_000 }

extension Text {
  /// `/proc/PID/stat`: 52 fields (`proc(5)`).
  mutating func addStat(_ p: ProcessInformation) {
    add(p.id)
    add(" (")
    add(p.name)
    add(") ")
    add(byte: p.state.rawValue)
    field(p.parent)
    field(p.group)
    field(p.session)
    field(UInt64(p.terminal))
    field(p.foregroundGroup)
    field(p.isKernelThread ? 0x20_0040 : 0x40_0000)  // PF_KTHREAD and PF_FORKNOEXEC, or PF_RANDOMIZE
    field(p.minorFaults)
    field(p.childMinorFaults)
    field(p.majorFaults)
    field(p.childMajorFaults)
    field(clockTicks(p.userTime))
    field(clockTicks(p.systemTime))
    field(clockTicks(p.childUserTime))
    field(clockTicks(p.childSystemTime))
    field(p.realTimePriority > 0 ? -1 - Int(p.realTimePriority) : 20 + p.nice)
    field(p.nice)
    field(p.threads)
    field(0)  // itrealvalue, since Linux 2.6.17 always 0
    field(clockTicks(p.startTime))
    field(p.virtualSize)
    field(p.residentPages)
    field(p.residentLimit)
    field(p.codeStart)
    field(p.codeEnd)
    field(p.stackStart)
    field(0)  // kstkesp and kstkeip are told of exiting processes only
    field(0)
    field(p.pending & 0x7fff_ffff)
    field(p.blocked & 0x7fff_ffff)
    field(p.ignored & 0x7fff_ffff)
    field(p.caught & 0x7fff_ffff)
    field(0)  // wchan
    field(0)
    field(0)
    field(p.exitSignal)
    field(p.lastCPU)
    field(UInt64(p.realTimePriority))
    field(UInt64(p.policy))
    field(0)  // block I/O delays, guest times
    field(0)
    field(0)
    field(p.dataStart)
    field(p.dataEnd)
    field(p.breakStart)
    field(p.argumentsStart)
    field(p.argumentsEnd)
    field(p.environmentStart)
    field(p.environmentEnd)
    field(p.exitCode)
    newLine()
  }

  private mutating func field(_ value: UInt64) {
    add(byte: 0x20)
    add(value)
  }

  private mutating func field(_ value: Int) {
    add(byte: 0x20)
    add(value)
  }

  private mutating func field(_ value: Int32) { field(Int(value)) }

  /// `/proc/PID/statm`: pages.
  mutating func addMemory(_ p: ProcessInformation) {
    add(p.virtualSize / 4096)
    field(p.residentPages)
    field(p.sharedPages)
    field(p.textSize / 4096)
    field(0)
    field((p.dataSize &+ p.stackSize) / 4096)
    field(0)
    newLine()
  }
}
