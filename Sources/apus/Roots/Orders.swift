/// What the guest is to do, told to it in a second archive behind its root: the files of `/.apus`.
struct Orders {
  enum Mode: String {
    /// The command gets a terminal of its own, connected to the user's.
    case terminal
    /// The command gets three pipes, the caller's stdin, stdout and stderr.
    case pipes
  }

  var mode: Mode
  /// The command and its arguments; empty for the shell.
  var command: [String]
  /// `NAME=VALUE`.
  var environment: [String]
  /// A host program that is brought along as `/.apus/program`.
  var program: [UInt8]? = nil

  func write(to descriptor: Int32) throws {
    var archive = NewcWriter(descriptor)
    try archive.directory(".apus")
    try archive.file(".apus/mode", Array(mode.rawValue.utf8))
    try archive.file(".apus/environment", strings(environment))
    if !command.isEmpty { try archive.file(".apus/command", strings(command)) }
    if let program { try archive.file(".apus/program", mode: 0o755, program) }
    try archive.finish()
  }

  private func strings(_ list: [String]) -> [UInt8] { list.flatMap { Array($0.utf8) + [0] } }

  /// The environment of a guest command: what login(1) would set, and the user's kind of terminal.
  static func environment(for mode: Mode) -> [String] {
    var list = [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "USER=root",
      "LOGNAME=root", "SHELL=/bin/sh",
    ]
    if mode == .terminal {
      list.append("TERM=\(Host.environment("TERM") ?? "linux")")
      list.append("PS1=\\w \\$ ")
    }
    return list
  }
}

/// Decides what a command line's COMMAND means: a name in the guest, or a program of the host to bring along.
struct CommandChoice {
  let command: [String]
  let program: [UInt8]?

  init(_ command: [String], root: RootImage, isDefaultRoot: Bool) throws {
    // Where the program lies in the guest, and what it is told its name is.
    let brought = ["/.apus/program"] + command.dropFirst()
    guard let name = command.first, name.contains("/"), Files.isRegular(name) else {
      self.command = command
      program = nil
      return
    }
    if name.hasPrefix("/") && RootIndex(root).holds(name) {
      self.command = command
      program = nil
      return
    }
    let bytes = try Files.read(name)
    guard let file = ELFFile(bytes) else {
      guard !name.hasPrefix("/") else {
        self.command = command
        program = nil
        return
      }
      throw Failure("\(name) is no ELF program, so it cannot be run in the guest", status: ExitStatus.noInput)
    }
    guard file.machine == ELFFile.x86_64 else {
      throw Failure("\(name) is not for x86-64", status: ExitStatus.noInput)
    }
    guard file.isStatic || !isDefaultRoot else {
      throw Failure(
        "\(name) is dynamically linked and the default root has no libraries: link it with -static, or give a --root that has them",
        status: ExitStatus.noInput)
    }
    self.command = brought
    program = bytes
  }
}
