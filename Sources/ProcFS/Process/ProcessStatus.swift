extension Text {
  /// `/proc/PID/status` (`proc(5)`), in Linux 6.1's order.
  mutating func addStatus(_ p: ProcessInformation) {
    line("Name:\t") { $0.add(p.name) }
    if p.state != .zombie { line("Umask:\t") { $0.add(UInt64(p.umask), radix: 8, width: 4, pad: 0x30) } }
    line("State:\t") {
      $0.add(byte: p.state.rawValue)
      $0.add(Text.description(of: p.state))
    }
    line("Tgid:\t") { $0.add(p.process) }
    line("Ngid:\t") { $0.add(0) }
    line("Pid:\t") { $0.add(p.id) }
    line("PPid:\t") { $0.add(p.parent) }
    line("TracerPid:\t") { $0.add(0) }
    identities("Uid:", p.users)
    identities("Gid:", p.groups)
    line("FDSize:\t") { $0.add(p.descriptorSlots) }
    line("Groups:\t") {
      for group in p.supplementaryGroups {
        $0.add(group)
        $0.add(byte: 0x20)
      }
    }
    line("NStgid:\t") { $0.add(p.process) }
    line("NSpid:\t") { $0.add(p.id) }
    line("NSpgid:\t") { $0.add(p.group) }
    line("NSsid:\t") { $0.add(p.session) }
    if !p.isKernelThread, p.state != .zombie { addSizes(p) }
    line("Threads:\t") { $0.add(p.threads) }
    line("SigQ:\t") {
      $0.add(p.queuedSignals)
      $0.add("/")
      $0.add(p.queuedSignalLimit)
    }
    set("SigPnd:\t", p.pending)
    set("ShdPnd:\t", p.sharedPending)
    set("SigBlk:\t", p.blocked)
    set("SigIgn:\t", p.ignored)
    set("SigCgt:\t", p.caught)
    set("CapInh:\t", p.capabilities.0)
    set("CapPrm:\t", p.capabilities.1)
    set("CapEff:\t", p.capabilities.2)
    set("CapBnd:\t", p.capabilities.3)
    set("CapAmb:\t", p.capabilities.4)
    line("NoNewPrivs:\t") { $0.add(p.noNewPrivileges ? 1 : 0) }
    line("Seccomp:\t") { $0.add(0) }
    line("Seccomp_filters:\t") { $0.add(0) }
    line("Cpus_allowed:\t") { $0.add(mask: p.allowedCPUs) }
    line("Cpus_allowed_list:\t") { $0.add(list: p.allowedCPUs) }
    line("Mems_allowed:\t") { $0.add("1") }
    line("Mems_allowed_list:\t") { $0.add("0") }
    line("voluntary_ctxt_switches:\t") { $0.add(p.voluntarySwitches) }
    line("nonvoluntary_ctxt_switches:\t") { $0.add(p.involuntarySwitches) }
  }

  private mutating func addSizes(_ p: ProcessInformation) {
    size("VmPeak:\t", p.peakVirtualSize)
    size("VmSize:\t", p.virtualSize)
    size("VmLck:\t", 0)
    size("VmPin:\t", 0)
    size("VmHWM:\t", p.peakResidentPages &* 4096)
    size("VmRSS:\t", p.residentPages &* 4096)
    size("RssAnon:\t", (p.residentPages &- min(p.sharedPages, p.residentPages)) &* 4096)
    size("RssFile:\t", p.sharedPages &* 4096)
    size("RssShmem:\t", 0)
    size("VmData:\t", p.dataSize)
    size("VmStk:\t", p.stackSize)
    size("VmExe:\t", p.textSize)
    size("VmLib:\t", 0)
    size("VmPTE:\t", 0)
    size("VmSwap:\t", 0)
    size("HugetlbPages:\t", 0)
    line("CoreDumping:\t") { $0.add(0) }
    line("THP_enabled:\t") { $0.add(0) }
  }

  private mutating func line(_ label: StaticString, _ value: (inout Text) -> Void) {
    add(label)
    value(&self)
    newLine()
  }

  private mutating func size(_ label: StaticString, _ bytes: UInt64) {
    line(label) {
      $0.add(bytes / 1024, width: 8)
      $0.add(" kB")
    }
  }

  private mutating func set(_ label: StaticString, _ bits: UInt64) { line(label) { $0.add(hex: bits, digits: 16) } }

  private mutating func identities(_ label: StaticString, _ ids: (UInt32, UInt32, UInt32, UInt32)) {
    add(label)
    add("\t")
    add(ids.0)
    add("\t")
    add(ids.1)
    add("\t")
    add(ids.2)
    add("\t")
    add(ids.3)
    newLine()
  }

  private static func description(of state: ProcessInformation.State) -> StaticString {
    switch state {
    case .running: " (running)"
    case .sleeping: " (sleeping)"
    case .diskSleep: " (disk sleep)"
    case .stopped: " (stopped)"
    case .traced: " (tracing stop)"
    case .zombie: " (zombie)"
    case .dead: " (dead)"
    }
  }
}

extension Text {
  /// A set of CPUs as Linux writes masks: 32-bit groups in hexadecimal, highest first, separated by commas.
  mutating func add(mask words: [UInt64]) {
    var groups = words.count * 2
    func group(_ index: Int) -> UInt64 { words[index / 2] >> UInt64(index % 2 * 32) & 0xffff_ffff }
    while groups > 1, group(groups - 1) == 0 { groups -= 1 }
    guard groups > 0 else { return add("0") }
    add(group(groups - 1), radix: 16)
    for index in (0..<groups - 1).reversed() {
      add(byte: 0x2c)
      add(hex: group(index), digits: 8)
    }
  }

  /// A set of CPUs as ranges: `0-3,8`.
  mutating func add(list words: [UInt64]) {
    let count = words.count * 64
    func contains(_ cpu: Int) -> Bool { cpu < count && words[cpu / 64] >> UInt64(cpu % 64) & 1 == 1 }
    var cpu = 0
    var isFirst = true
    while cpu < count {
      guard contains(cpu) else {
        cpu += 1
        continue
      }
      let start = cpu
      while contains(cpu + 1) { cpu += 1 }
      if !isFirst { add(byte: 0x2c) }
      isFirst = false
      add(start)
      if cpu > start {
        add(byte: 0x2d)
        add(cpu)
      }
      cpu += 1
    }
  }
}
