#if hasFeature(Embedded)
import Basics
import DevFS
import Devices
import Files
import Machine
import Memory
import ProcFS
import Processes
import Scheduling
import TmpFS

/// The file systems that every program finds: the root, `/dev`, `/proc`, `/sys`.
enum Trees {
  /// A root in memory with what the loader brought, whose memory is free then.
  static func makeRoot(_ loader: StartInfo<MachineMemory>) -> Namespace {
    let tmpfs = TmpFileSystemType()
    // Not called rootfs: `df` would leave it out.
    let root = tmpfs.make(device: DeviceNumber(major: 0, minor: 1), mode: 0o755)
    let namespace = Namespace(root: root, source: ("tmpfs" as StaticString).bytes, types: [tmpfs])
    guard let archive = loader.module(0) else { return namespace }
    var unpacker = ArchiveUnpacker(LoadedArchive(start: archive.start, count: Int(archive.length)), into: namespace)
    do throws(Errno) { try unpacker.unpack() } catch {
      Machine.panic("the root archive cannot be unpacked", UInt64(error.rawValue))
    }
    Memory.reclaim(PhysicalRange(start: archive.start, end: archive.end))
    return namespace
  }

  static func mount(
    _ namespace: Namespace, _ system: System, _ devices: MachineDevices, _ streams: HostStreams,
    _ loader: StartInfo<MachineMemory>, cpus: Int
  ) throws(Errno) {
    let root = namespace.rootLocation
    let context = FSContext(namespace: namespace, root: root, working: root, umask: 0)
    let caller = Caller(context: context, credentials: Credentials.root())
    streams.makeConsole(system)
    let tree = try DeviceTree(namespace, jobs: system, random: devices.random, console: streams.console) { text in
      for byte in text { EarlyLog.put(byte) }
    }
    try tree.mountAll(caller)
    namespace.register(
      ProcType(
        ProcSources(
          processes: system, identity: system, namespace: namespace, random: devices.random,
          interrupts: devices.interrupts, commandLine: bytes(of: loader.commandLine),
          bootTime: devices.time), device: DeviceNumber(major: 0, minor: 20)))
    namespace.register(
      SysType(device: DeviceNumber(major: 0, minor: 21), processorCount: cpus) { (cpu, isOnline) throws(Errno) in
        try Scheduler.setOnline(cpu, isOnline)
      })
    try mount("proc", on: "/proc", caller)
    try mount("sysfs", on: "/sys", caller)
  }

  private static func bytes(of line: CommandLine<MachineMemory>) -> [UInt8] {
    var bytes: [UInt8] = []
    for index in 0..<line.count { bytes.append(line[index]) }
    return bytes
  }

  private static func mount(_ type: StaticString, on path: StaticString, _ caller: Caller) throws(Errno) {
    do throws(Errno) { try caller.makeDirectory(path.bytes, mode: 0o555) } catch {
      guard case .EEXIST = error else { throw error }
    }
    try caller.mount(source: type.bytes, on: path.bytes, type: type.bytes, flags: 0, data: [])
  }
}
#endif
