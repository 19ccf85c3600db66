import Glibc

/// The same static program measured on both kernels, in the same QEMU with one CPU whose time-stamp counter counts
/// instructions.
struct BenchmarkRuns {
  let program: String
  let names: [String]
  /// Whether Apus's kernel is the checked one.
  var isChecked = false

  /// On Apus: as the command of an ordinary run. `plugin`: one of QEMU's, with its arguments.
  func onApus(settings: MachineSettings, timeout: Double, plugin: String? = nil) throws -> Measurements {
    let options = [
      "run", "--icount", "--cpus", "1", "--memory", "\(settings.memory)M", "--locks", settings.locks.rawValue,
      "--machine", settings.kind.rawValue, "--timeout", "\(timeout)",
    ] + (isChecked ? ["--checked"] : []) + (plugin.map { ["--plugin", $0] } ?? [])
    var progress = Progress("measuring Apus")
    let result = try Subprocess.run(
      [Files.realPath("/proc/self/exe")] + options + ["--", program] + names, timeout: timeout + 30,
      tick: { progress.tick() })
    progress.finish()
    guard result.end == .exited(0) else {
      throw Failure("the measurement on Apus ended with status \(result.end.status):\n\(result.everything)", status: result.end.status)
    }
    var found = Measurements(result.text)
    if let boot = Measurements(result.errorText)["boot"] { found.set("boot", boot) }
    return found
  }

  /// On Linux: as its init, everything. The result is cached, since neither kernel nor program changes often.
  func onLinux(settings: MachineSettings) throws -> Measurements {
    let kernel = try LinuxKernel.path()
    let key = [kernel, program].compactMap { Files.status($0) }.map { "\($0.st_size)-\($0.st_mtim.tv_sec)" }
    let words = [settings.kind.rawValue, "\(settings.memory)"] + key
    let cached = "\(try Places.cache())/bench-linux-\(words.joined(separator: "-")).txt"
    if let text = try? Files.text(cached) { return Measurements(text) }
    let initrd = try Files.anonymous()
    defer { close(initrd) }
    var archive = NewcWriter(initrd)
    for name in ["dev", "proc", "tmp"] { try archive.directory(name) }
    try archive.file("init", mode: 0o755, try Files.read(program))
    try archive.finish()
    var settings = settings
    settings.kernel = kernel
    settings.kernelWords = ["console=ttyS0", "quiet"]
    let found = try measure(QemuArguments(settings, initrd: initrd), initrd)
    try Files.write(cached, Array(found.text.utf8))
    return found
  }

  /// Reads the serial line until the program says that it is done.
  private func measure(_ arguments: QemuArguments, _ initrd: Int32) throws -> Measurements {
    var arguments = arguments
    let serial = try Descriptors.socketPair()
    arguments.serial(serial.other)
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    let qemu = try Subprocess(
      arguments.list,
      Subprocess.Setup(
        input: null, output: null, error: null, inherited: [initrd, serial.other], ownGroup: true, diesWithTool: true))
    close(serial.other)
    defer {
      kill(qemu.pid, SIGKILL)
      _ = qemu.wait()
      close(serial.mine)
      close(null)
    }
    var progress = Progress("measuring Linux")
    defer { progress.finish() }
    var text = ""
    var isOpen = true
    let console = Listener(serial.mine) { text += String(decoding: $0, as: UTF8.self) }
    let deadline = Host.now() + 180_000_000_000
    while text[...].range(of: "bench done") == nil {
      var wait = pollfd(fd: serial.mine, events: Int16(POLLIN), revents: 0)
      if poll(&wait, 1, 200) > 0 { console.act() }
      isOpen = console.isOpen
      progress.tick()
      guard isOpen, Host.now() < deadline, text[...].range(of: "Kernel panic") == nil else {
        throw Failure("the measurement on Linux did not end:\n\(text.split(separator: "\n").suffix(5).joined(separator: "\n"))")
      }
    }
    return Measurements(text)
  }
}
