import Basics
import Devices
import Files
import Machine
import Terminals
import TmpFS

/// The file system `devtmpfs`, mounted on `/dev`: a tmpfs whose nodes the kernel has made. There is one instance.
public final class DeviceTree: FileSystemType, @unchecked Sendable {
  private let root: Inode
  private let pseudoTerminals: PseudoTerminals

  /// Makes the nodes and registers who opens them.
  /// - Parameters:
  ///   - console: the terminal, when the machine has one.
  ///   - log: takes what programs write to `/dev/kmsg`.
  public init(
    _ namespace: Namespace, jobs: any JobControl, random: RandomSource, console: Console?,
    log: @escaping @Sendable ([UInt8]) -> Void
  ) throws(Errno) {
    root = TmpFileSystemType(name: "devtmpfs").make(device: DeviceNumber(major: 0, minor: 5), mode: 0o755)
    pseudoTerminals = PseudoTerminals(jobs: jobs, device: DeviceNumber(major: 0, minor: 6))
    super.init(name: "devtmpfs")
    try makeNodes(hasConsole: console != nil)
    let devices = namespace.devices
    devices.register(.characterDevice, major: 1, MemoryDevices(random: random, log: log))
    devices.register(
      .characterDevice, major: 5, TerminalDevices(jobs: jobs, console: console, pseudoTerminals: pseudoTerminals))
    devices.register(.characterDevice, major: PseudoTerminals.major, SlaveDevices(pseudoTerminals))
    if let console { devices.register(.characterDevice, major: Console.device.major, ConsoleDevices(console)) }
    namespace.register(self)
    namespace.register(pseudoTerminals)
  }

  public override func mount(source: [UInt8], data: [UInt8], device: DeviceNumber) throws(Errno) -> Inode { root }

  /// Mounts `/dev`, `/dev/pts` and `/dev/shm` for the first process. `/dev` is made when the root has none.
  public func mountAll(_ caller: Caller) throws(Errno) {
    do throws(Errno) {
      try caller.makeDirectory(("/dev" as StaticString).bytes, mode: 0o755)
    } catch {
      guard case .EEXIST = error else { throw error }
    }
    try mount("devtmpfs", on: "/dev", caller)
    try mount("devpts", on: "/dev/pts", caller)
    try mount("tmpfs", on: "/dev/shm", caller)
  }

  private func mount(_ type: StaticString, on path: StaticString, _ caller: Caller) throws(Errno) {
    try caller.mount(source: type.bytes, on: path.bytes, type: type.bytes, flags: 2 | 8, data: [])
  }

  private func makeNodes(hasConsole: Bool) throws(Errno) {
    try make("null", 0o666, 1, 3)
    try make("zero", 0o666, 1, 5)
    try make("full", 0o666, 1, 7)
    try make("random", 0o666, 1, 8)
    try make("urandom", 0o666, 1, 9)
    try make("kmsg", 0o644, 1, 11)
    try make("tty", 0o666, 5, 0)
    try make("ptmx", 0o666, 5, 2)
    if hasConsole {
      try make("console", 0o600, 5, 1)
      try make("hvc0", 0o620, Console.device.major, Console.device.minor)
    }
    for name in ["pts", "shm"] as [StaticString] { _ = try root.makeDirectory(name.bytes, node(.directory, 0o755)) }
    try link("fd", "/proc/self/fd")
    try link("stdin", "/proc/self/fd/0")
    try link("stdout", "/proc/self/fd/1")
    try link("stderr", "/proc/self/fd/2")
  }

  private func node(_ kind: FileKind, _ mode: UInt32, _ device: DeviceNumber = .none) -> NewNode {
    NewNode(kind: kind, mode: mode, user: 0, group: 0, device: device)
  }

  private func make(_ name: StaticString, _ mode: UInt32, _ major: UInt32, _ minor: UInt32) throws(Errno) {
    let device = DeviceNumber(major: major, minor: minor)
    _ = try root.create(name.bytes, node(.characterDevice, mode, device))
  }

  private func link(_ name: StaticString, _ target: StaticString) throws(Errno) {
    _ = try root.makeSymbolicLink(name.bytes, target: target.bytes, node(.symbolicLink, 0o777))
  }
}
