import Glibc

/// A running QEMU and this side of its channels, all of them connected sockets.
///
/// QEMU dies with the tool (the kernel sees to it), knows nothing of the user's terminal, and leaves no file behind.
struct VirtualMachine {
  let qemu: Subprocess
  /// What the kernel logs.
  let log: Int32
  /// Lines about the machine's life, both ways.
  let control: Int32
  /// The guest command's channels by port name: `apus.tty`, or `apus.stdin`, `apus.stdout`, `apus.stderr`.
  let ports: [String: Int32]
  /// QEMU's own complaints.
  let complaints: Int32
  let monitor: Int32

  init(_ settings: MachineSettings, root: RootImage, orders: Orders) throws {
    _ = try Host.require(program: "qemu-system-x86_64", package: "qemu-system-x86")
    let initrd = try root.with(orders)
    var arguments = QemuArguments(settings, initrd: initrd)
    var inherited = [initrd]
    let kept = settings.memoryFile.map { [$0] } ?? []

    func channel() throws -> (mine: Int32, other: Int32) {
      let pair = try Descriptors.socketPair()
      inherited.append(pair.other)
      return pair
    }
    let log = try channel()
    arguments.serial(log.other)
    let monitor = try channel()
    arguments.monitor(monitor.other)
    var ports: [String: Int32] = [:]
    let names = orders.mode == .terminal ? ["apus.tty"] : ["apus.stdin", "apus.stdout", "apus.stderr"]
    for name in names {
      let pair = try channel()
      arguments.port(name, pair.other)
      ports[name] = pair.mine
    }
    let control = try channel()
    arguments.port("apus.control", control.other)

    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    let complaints = try Descriptors.pipe()
    Descriptors.setNonblocking(complaints.read)
    defer { (inherited + [null, complaints.write]).forEach { close($0) } }
    qemu = try Subprocess(
      arguments.list,
      Subprocess.Setup(
        input: null, output: complaints.write, error: complaints.write, inherited: inherited + kept, ownGroup: true,
        diesWithTool: true))
    self.log = log.mine
    self.monitor = monitor.mine
    self.control = control.mine
    self.ports = ports
    self.complaints = complaints.read
  }

  /// Ends QEMU at once.
  func end() { kill(qemu.pid, SIGKILL) }
}
