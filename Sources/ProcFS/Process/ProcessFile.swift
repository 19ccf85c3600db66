import Basics
import Files
import Memory
import Scheduling

/// A text file of `/proc/PID`.
final class ProcessFile: TextInode, @unchecked Sendable {
  private let node: ProcessNode
  private let entry: ProcessEntry

  init(_ fileSystem: FileSystem, _ node: ProcessNode, _ entry: ProcessEntry, _ information: ProcessInformation) {
    self.node = node
    self.entry = entry
    super.init(
      fileSystem: fileSystem, number: ProcessNode.number(node.process, node.thread, entry.rawValue), kind: .regular,
      mode: entry.mode, user: information.users.1, group: information.groups.1)
  }

  /// As on Linux, these belong to the program that ran when the file was opened: after `execve` (or the end of the
  /// process) they are empty, since its memory is.
  override var memory: AddressSpace? {
    switch entry {
    case .environ, .maps: node.processes.space(of: node.process)
    default: nil
    }
  }

  /// EACCES: who may not look into the memory cannot open a file that shows it.
  override func open(_ request: OpenRequest) throws(Errno) -> OpenFile {
    switch entry {
    case .environ, .maps: try inspect()
    default: break
    }
    return try super.open(request)
  }

  override func text(of memory: AddressSpace?) throws(Errno) -> [UInt8] {
    var text = Text()
    switch entry {
    case .environ:
      guard let memory else { break }
      let (start, end) = (memory.layout.environmentStart, memory.layout.environmentEnd)
      // What can no longer be read reads as nothing.
      guard end > start, let bytes = try? memory.read(start, count: Int(min(end - start, 1 << 17))) else { break }
      text.add(bytes)
    case .maps:
      guard let memory else { break }
      try addMaps(memory, &text)
    default: return try self.text()
    }
    return text.bytes
  }

  /// ESRCH when the process has gone since the file was opened, as on Linux.
  override func text() throws(Errno) -> [UInt8] {
    guard let information = node.processes.information(process: node.process, thread: node.thread) else {
      throw .ESRCH
    }
    var text = Text()
    switch entry {
    case .stat: text.addStat(information)
    case .status:
      var shown = information
      for word in shown.allowedCPUs.indices { shown.allowedCPUs[word] &= possibleCPUs(word) }
      text.addStatus(shown)
    case .statm: text.addMemory(information)
    case .comm:
      text.add(information.name)
      text.newLine()
    case .cmdline:
      let (start, end) = (information.argumentsStart, information.argumentsEnd)
      guard end > start else { break }
      text.add(node.processes.memory(of: node.process, at: start, count: Int(min(end - start, 1 << 17))))
    case .mounts: try addMounts(&text, full: false)
    case .mountinfo: try addMounts(&text, full: true)
    case .limits: addLimits(&text)
    case .oomScore:
      text.add(max(0, 666 + node.processes.outOfMemoryAdjustment(of: node.process)))
      text.newLine()
    case .oomScoreAdjustment:
      text.add(node.processes.outOfMemoryAdjustment(of: node.process))
      text.newLine()
    case .cgroup: text.add("0::/\n")
    case .loginuid: text.add(UInt32.max)
    case .sessionid: text.add(UInt32.max)
    case .personality: text.add("00000000\n")
    case .wchan: text.add("0")
    case .io:
      try inspect()
      text.add("rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n")
    case .environ, .maps, .cwd, .exe, .root, .fd, .fdinfo, .task: break
    }
    return text.bytes
  }

  override func replace(with bytes: [UInt8]) throws(Errno) {
    switch entry {
    case .comm:
      var name = bytes
      if name.last == 0x0a { name.removeLast() }
      if name.count > 15 { name.removeLast(name.count - 15) }
      guard node.processes.mayInspect(node.process) else { throw .EPERM }
      try node.processes.rename(process: node.process, thread: node.thread, to: name)
    case .oomScoreAdjustment:
      guard let value = decimalInput(bytes), (-1000...1000).contains(value) else { throw .EINVAL }
      guard node.processes.mayInspect(node.process) else { throw .EACCES }
      try node.processes.setOutOfMemoryAdjustment(of: node.process, to: value)
    case .loginuid: break
    default: throw .EINVAL
    }
  }

  /// The CPUs that the machine has: masks show no others, though affinity may allow them.
  private func possibleCPUs(_ word: Int) -> UInt64 {
    var bits: UInt64 = 0
    for bit in 0..<64 where Scheduler.processor(word * 64 + bit) != nil { bits |= 1 << UInt64(bit) }
    return bits == 0 && word == 0 ? 1 : bits
  }

  private func inspect() throws(Errno) {
    guard node.processes.mayInspect(node.process) else { throw .EACCES }
  }

  private func addMaps(_ space: AddressSpace, _ text: inout Text) throws(Errno) {
    var reached: UInt64 = 0
    while true {
      let regions = space.regions(above: reached)
      guard let last = regions.last else { return }
      for region in regions {
        // A text that is full doubles; each byte of a path may be told as four.
        try Memory.admit(2 * text.bytes.count + 4 * Location.longestPath)
        text.addMapping(region, node.processes)
      }
      reached = last.end
    }
  }

  private func addMounts(_ text: inout Text, full: Bool) throws(Errno) {
    guard let context = node.processes.context(of: node.process) else { throw .EINVAL }
    let root = context.root
    for mount in context.namespace.mounts {
      guard let path = try (mount.point ?? Location(mount: mount, dentry: mount.root)).path(from: root) else { continue }
      if full { text.addMountInformation(mount, path) } else { text.addMount(mount, path) }
    }
  }

  private func addLimits(_ text: inout Text) {
    text.add("Limit                     Soft Limit           Hard Limit           Units     \n")
    let limits = node.processes.limits(of: node.process)
    for (index, limit) in limits.enumerated() {
      guard let (name, unit) = Self.limitName(index) else { break }
      let start = text.bytes.count
      func pad(to column: Int) {
        while text.bytes.count < start + column { text.add(byte: 0x20) }
      }
      text.add(name)
      pad(to: 26)
      if limit.current == .max { text.add("unlimited") } else { text.add(limit.current) }
      pad(to: 47)
      if limit.maximum == .max { text.add("unlimited") } else { text.add(limit.maximum) }
      pad(to: 68)
      text.add(unit)
      pad(to: 78)
      text.newLine()
    }
  }

  private static func limitName(_ index: Int) -> (StaticString, StaticString)? {
    switch index {
    case 0: ("Max cpu time", "seconds")
    case 1: ("Max file size", "bytes")
    case 2: ("Max data size", "bytes")
    case 3: ("Max stack size", "bytes")
    case 4: ("Max core file size", "bytes")
    case 5: ("Max resident set", "bytes")
    case 6: ("Max processes", "processes")
    case 7: ("Max open files", "files")
    case 8: ("Max locked memory", "bytes")
    case 9: ("Max address space", "bytes")
    case 10: ("Max file locks", "locks")
    case 11: ("Max pending signals", "signals")
    case 12: ("Max msgqueue size", "bytes")
    case 13: ("Max nice priority", "")
    case 14: ("Max realtime priority", "")
    case 15: ("Max realtime timeout", "us")
    default: nil
    }
  }
}
