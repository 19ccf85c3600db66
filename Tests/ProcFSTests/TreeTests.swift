import Basics
import Devices
import Files
import Memory
import Testing

@testable import ProcFS

/// Three processes: 1, 5 (two threads: 5 and 9) and 300.
private final class FakeProcesses: ProcessDirectory, SystemIdentity {
  var gone: Set<Int32> = []
  var names: [Int32: [UInt8]] = [:]
  var hostName: [UInt8] = Array("apus".utf8)
  var domainName: [UInt8] = Array("(none)".utf8)
  let systemName: StaticString = "Linux"
  let release: StaticString = "6.1.0-apus"
  let version: StaticString = "#1 SMP"
  let current: (process: Int32, thread: Int32) = (5, 9)

  func process(from id: Int32) -> Int32? { [1, 5, 300].first { $0 >= id && !gone.contains($0) } }
  func thread(of process: Int32, from id: Int32) -> Int32? {
    (process == 5 ? [5, 9] : [process]).first { $0 >= id }
  }
  func information(process: Int32, thread: Int32?) -> ProcessInformation? {
    guard self.process(from: process) == process else { return nil }
    if let thread, self.thread(of: process, from: thread) != thread { return nil }
    var information = ProcessInformation()
    information.id = thread ?? process
    information.process = process
    information.name = names[process] ?? Array("sh".utf8)
    information.users = (0, 1000, 0, 0)
    information.argumentsStart = 100
    information.argumentsEnd = 108
    return information
  }
  func mayInspect(_ process: Int32) -> Bool { process != 1 }
  func memory(of process: Int32, at address: UInt64, count: Int) -> [UInt8] { Array("sh\0-c\0x\0".utf8) }
  func rename(process: Int32, thread: Int32?, to name: [UInt8]) throws(Errno) { names[process] = name }
  func totals() -> SystemTotals { SystemTotals() }
  func files(of process: Int32) -> FileTable? { nil }
  func context(of process: Int32) -> FSContext? { nil }
  func executable(of process: Int32) -> Location? { nil }
  func space(of process: Int32) -> AddressSpace? { nil }
  func limits(of process: Int32) -> [(current: UInt64, maximum: UInt64)] { [(.max, .max), (5, 10)] }
  func outOfMemoryAdjustment(of process: Int32) -> Int { 0 }
  func setOutOfMemoryAdjustment(of process: Int32, to value: Int) throws(Errno) {}
  func setHostName(_ name: [UInt8]) throws(Errno) { hostName = name }
  func setDomainName(_ name: [UInt8]) throws(Errno) { domainName = name }
}

@Suite struct TreeTests {
  private let processes = FakeProcesses()
  private let root: Inode

  init() throws {
    let nowhere = PseudoDirectory(SysFileSystem(device: .none))
    let type = ProcType(
      ProcSources(
        processes: processes, identity: processes, namespace: Namespace(root: nowhere, source: [], types: []),
        random: RandomSource(), interrupts: nil, commandLine: Array("locks=fine".utf8), bootTime: 1000),
      device: .none)
    root = try type.mount(source: [], data: [], device: .none)
  }

  private func find(_ path: String) throws -> Inode? {
    var here: Inode? = root
    for part in path.split(separator: "/") { here = try here?.lookup(Array(part.utf8).span) }
    return here
  }

  private func read(_ path: String) throws -> String {
    let file = try #require(try find(path) as? TextInode)
    return String(decoding: try file.text(), as: UTF8.self)
  }

  /// Lists a directory `step` entries at a time, as getdents does.
  private func list(_ inode: Inode, step: Int) throws -> [String] {
    var names: [String] = []
    var offset: Int64 = 2
    while true {
      var taken = 0
      try inode.iterate(from: offset) { entry in
        if taken == step { return false }
        taken += 1
        names.append(String(decoding: entry.name, as: UTF8.self))
        offset = entry.next
        return true
      }
      if taken == 0 { return names }
    }
  }

  /// `/proc` remembers no names, so nothing below it may hold its parent in a circle.
  @Test func visitedNodesGoAgain() throws {
    let place = Namespace(root: root, source: [], types: [])
    let caller = Caller(context: FSContext(namespace: place), credentials: .root())
    weak var node: Dentry?
    do {
      let found = try caller.find(Array("/sys/kernel/hostname".utf8), .followLast)
      node = found.dentry
      #expect(node?.parent?.parent != nil)
    }
    #expect(node == nil)
  }

  @Test(arguments: [1, 2, 1000]) func listing(step: Int) throws {
    let names = try list(root, step: step)
    #expect(Set(names).count == names.count)
    #expect(names.suffix(3) == ["1", "5", "300"])
    #expect(names.contains("cpuinfo") && names.contains("self"))
    for name in names { #expect(try find(name) != nil, "\(name)") }
    let process = try #require(try find("5"))
    let entries = try list(process, step: step)
    #expect(entries.contains("stat") && entries.contains("task"))
    for name in entries { #expect(try process.lookup(Array(name.utf8).span) != nil, "\(name)") }
    #expect(try list(try #require(try find("5/task")), step: step) == ["5", "9"])
  }

  @Test func processFiles() throws {
    #expect(try find("7") == nil && find("5x") == nil && find("05") == nil && find("0") == nil)
    #expect(try read("5/comm") == "sh\n")
    #expect(try read("5/cmdline") == "sh\0-c\0x\0")
    #expect(try read("5/task/9/stat").hasPrefix("9 (sh) S "))
    #expect(try find("5/task/9/task") == nil)
    #expect(try find("5")?.attributes.user == 1000)
    #expect(try find("self")?.readLink() == Array("5".utf8))
    #expect(try find("thread-self")?.readLink() == Array("5/task/9".utf8))
    let comm = try #require(try find("5/comm") as? TextInode)
    try comm.replace(with: Array("a name that is too long\n".utf8))
    #expect(try read("5/comm") == "a name that is \n")
    let stat = try #require(try find("300/stat") as? TextInode)
    processes.gone = [300]
    #expect(throws: Errno.ESRCH) { try stat.text() }
    let place = Namespace(root: root, source: [], types: []).rootLocation
    let request = OpenRequest(flags: [], location: place, credentials: .root())
    #expect(throws: Errno.EACCES) { _ = try find("1/environ")?.open(request) }
    #expect(throws: Errno.EACCES) { _ = try find("1/maps")?.open(request) }
    _ = try find("5/environ")?.open(request)
    #expect(throws: Errno.EACCES) { try find("1/cwd")?.readLink() }
    #expect(throws: Errno.EACCES) { try find("1/fd")?.lookup(Array("0".utf8).span) }
    let limits = try read("5/limits").split(separator: "\n")
    #expect(limits[1] == "Max cpu time              unlimited            unlimited            seconds   ")
    #expect(limits[2] == "Max file size             5                    10                   bytes     ")
  }

  @Test func system() throws {
    #expect(try read("cmdline") == "locks=fine\n")
    #expect(try read("version").hasPrefix("Linux version 6.1.0-apus (apus) (Swift 6.3) #1 SMP"))
    #expect(try read("sys/kernel/hostname") == "apus\n")
    try (try find("sys/kernel/hostname") as? TextInode)?.replace(with: Array("bird\n".utf8))
    #expect(try read("sys/kernel/hostname") == "bird\n")
    #expect(throws: Errno.EINVAL) { try (try find("sys/kernel/ostype") as? TextInode)?.replace(with: [1]) }
    #expect(try read("sys/kernel/random/boot_id") == read("sys/kernel/random/boot_id"))
    #expect(try read("sys/kernel/random/uuid") != read("sys/kernel/random/uuid"))
    #expect(try read("cpuinfo").contains("processor\t: 0\n"))
    #expect(try read("uptime").split(separator: " ").count == 2)
    #expect(try read("stat").contains("btime 1000\n"))
    #expect(try read("interrupts").contains("LOC:"))
  }

  @Test func processorsOfSysFS() throws {
    let type = SysType(device: .none, processorCount: 4)
    var here = try type.mount(source: [], data: [], device: .none)
    for part in ["devices", "system", "cpu"] { here = try #require(try here.lookup(Array(part.utf8).span)) }
    func read(_ name: String, _ more: String...) throws -> String {
      var inode = try #require(try here.lookup(Array(name.utf8).span))
      for part in more { inode = try #require(try inode.lookup(Array(part.utf8).span)) }
      return String(decoding: try (inode as? TextInode)?.text() ?? [], as: UTF8.self)
    }
    #expect(try read("present") == "0-3\n")
    #expect(try read("cpu2", "topology", "thread_siblings_list") == "2\n")
    #expect(try here.lookup(Array("cpu4".utf8).span) == nil)
  }
}
