import Basics
import Files
import Locking
import Scheduling

/// The kind of file system `sysfs`. However often it is mounted, there is one.
public final class SysType: FileSystemType, @unchecked Sendable {
  private let root: PseudoDirectory

  /// - Parameters:
  ///   - processorCount: CPUs that the machine has.
  ///   - setOnline: brings a CPU on- or offline (`cpuN/online`); nil where that can't be done.
  public init(
    device: DeviceNumber, processorCount: Int, setOnline: ((Int, Bool) throws(Errno) -> Void)? = nil
  ) {
    root = PseudoDirectory(SysFileSystem(device: device), number: 1)
    super.init(name: "sysfs")
    let devices = root.addDirectory("devices").addDirectory("system").addDirectory("cpu")
    devices.addProcessors(count: processorCount, setOnline)
    _ = root.addDirectory("kernel")
    _ = root.addDirectory("class")
    _ = root.addDirectory("block")
    _ = root.addDirectory("bus")
    _ = root.addDirectory("fs")
  }

  public override func mount(source: [UInt8], data: [UInt8], device: DeviceNumber) throws(Errno) -> Inode { root }
}

/// `/sys`.
final class SysFileSystem: FileSystem, @unchecked Sendable {
  init(device: DeviceNumber) { super.init(type: FileSystemType(name: "sysfs"), device: device, firstNumber: 2) }

  override func status() -> FileSystemStatus { FileSystemStatus(magic: 0x6265_6572, blockSize: blockSize) }
}

extension PseudoDirectory {
  /// `/sys/devices/system/cpu` (Linux's `Documentation/ABI/testing/sysfs-devices-system-cpu`).
  fileprivate func addProcessors(count: Int, _ setOnline: ((Int, Bool) throws(Errno) -> Void)?) {
    let all = words(CPUSet(first: count))
    for name in ["possible", "present"] as [StaticString] {
      addFile(name) { (text) throws(Errno) in
        text.add(list: all)
        text.newLine()
      }
    }
    addFile("online") { (text) throws(Errno) in
      text.add(list: words(Scheduler.online))
      text.newLine()
    }
    addFile("offline") { (text) throws(Errno) in
      let online = words(Scheduler.online)
      text.add(list: all.indices.map { all[$0] & ~online[$0] })
      text.newLine()
    }
    addFile("kernel_max") { (text) throws(Errno) in text.add("255\n") }
    for cpu in 0..<count {
      var name = Text()
      name.add("cpu")
      name.add(cpu)
      let directory = PseudoDirectory(fileSystem)
      add(name.bytes, directory)
      directory.addProcessor(cpu, count: count, setOnline)
    }
  }

  private func addProcessor(_ cpu: Int, count: Int, _ setOnline: ((Int, Bool) throws(Errno) -> Void)?) {
    addFile(
      "online", mode: 0o644,
      write: { (bytes) throws(Errno) in
        guard let value = decimalInput(bytes), value == 0 || value == 1 else { throw .EINVAL }
        guard let setOnline else { throw .EPERM }
        try setOnline(cpu, value == 1)
      },
      read: { (text) throws(Errno) in text.add(Scheduler.online.contains(cpu) ? "1\n" : "0\n") })
    let topology = addDirectory("topology")
    topology.addFile("core_id") { (text) throws(Errno) in
      text.add(cpu)
      text.newLine()
    }
    topology.addConstant("physical_package_id", "0")
    var own = CPUSet()
    own.insert(cpu)
    let siblings = words(own)
    let cores = words(CPUSet(first: count))
    topology.addFile("thread_siblings_list") { (text) throws(Errno) in
      text.add(list: siblings)
      text.newLine()
    }
    topology.addFile("core_siblings_list") { (text) throws(Errno) in
      text.add(list: cores)
      text.newLine()
    }
  }
}

private func words(_ set: CPUSet) -> [UInt64] { [set.words.0, set.words.1, set.words.2, set.words.3] }
