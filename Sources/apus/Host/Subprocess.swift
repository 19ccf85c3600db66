import Glibc

/// A program that the tool starts.
struct Subprocess {
  let pid: pid_t

  /// How a child's descriptors 0, 1 and 2 are filled, and what else it may know.
  struct Setup {
    var input: Int32 = 0
    var output: Int32 = 1
    var error: Int32 = 2
    /// Further descriptors that the child inherits under the same numbers.
    var inherited: [Int32] = []
    /// The child gets a process group of its own, so keys typed at a terminal do not reach it.
    var ownGroup = false
    /// The kernel kills the child when the tool dies, however that happens.
    var diesWithTool = false
    /// Replaces the whole environment.
    var environment: [String]? = nil
  }

  /// Starts `arguments[0]`, found in PATH, with every signal at its default.
  init(_ arguments: [String], _ setup: Setup = Setup()) throws {
    // setpriv(1) is in util-linux, which every Debian has; it sets PR_SET_PDEATHSIG and becomes the program.
    let arguments = (setup.diesWithTool ? ["setpriv", "--pdeathsig", "KILL", "--"] : []) + arguments
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (source, target) in [(setup.input, Int32(0)), (setup.output, 1), (setup.error, 2)] {
      posix_spawn_file_actions_adddup2(&actions, source, target)
    }
    // Duplicating a descriptor onto itself clears its close-on-exec flag.
    for descriptor in setup.inherited { posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    if setup.ownGroup { flags |= POSIX_SPAWN_SETPGROUP }
    posix_spawnattr_setflags(&attributes, Int16(flags))

    let argv = arguments.map { strdup($0) } + [nil]
    let envp = setup.environment.map { $0.map { strdup($0) } + [nil] }
    defer {
      argv.forEach { free($0) }
      envp?.forEach { free($0) }
    }
    var pid: pid_t = 0
    let code = posix_spawnp(&pid, arguments[0], &actions, &attributes, argv, envp ?? inheritedEnvironment())
    guard code == 0 else { throw Failure("cannot start \(arguments[0]): \(Host.errorText(code))") }
    self.pid = pid
  }

  /// How a child ended.
  enum End: Equatable {
    case exited(Int32)
    case killed(Int32)

    /// The status a shell would report.
    var status: Int32 {
      switch self {
      case .exited(let status): status
      case .killed(let signal): 128 + signal
      }
    }
  }

  /// The child's end, or nil while it runs.
  func poll() -> End? { collect(WNOHANG) }

  /// Waits for the child.
  func wait() -> End { collect(0) ?? .exited(ExitStatus.tool) }

  private func collect(_ options: Int32) -> End? {
    var raw: Int32 = 0
    var result = waitpid(pid, &raw, options)
    while result < 0 && errno == EINTR { result = waitpid(pid, &raw, options) }
    guard result == pid else { return nil }
    let signal = raw & 0x7f
    return signal == 0 ? .exited((raw >> 8) & 0xff) : .killed(signal)
  }

  /// What a child wrote, and how it ended.
  struct Result {
    let end: End
    let output: [UInt8]
    let error: [UInt8]
    var text: String { String(decoding: output, as: UTF8.self) }
    var errorText: String { String(decoding: error, as: UTF8.self) }
    /// Both, for a message about what went wrong.
    var everything: String { text + errorText }
  }

  /// Runs a program to its end and keeps what it writes. `input` is its stdin, empty when absent; past `timeout`
  /// seconds it is killed. `tick` is called about 20 times a second. With a `timeout`, it is also killed once `isEnough`,
  /// which is shown twice a second what it has written, says so.
  static func run(
    _ arguments: [String], input: [UInt8] = [], environment: [String]? = nil, timeout: Double? = nil,
    isEnough: ((_ output: [UInt8]) -> Bool)? = nil, tick: () -> Void = {}
  ) throws -> Result {
    let files = try [Files.anonymous(), Files.anonymous(), Files.anonymous()]
    defer { files.forEach { close($0) } }
    Files.writeAll(files[0], input)
    lseek(files[0], 0, SEEK_SET)
    let child = try Subprocess(
      arguments,
      Setup(
        input: files[0], output: files[1], error: files[2], ownGroup: timeout != nil, diesWithTool: true,
        environment: environment))
    let deadline = timeout.map { Host.now() + UInt64($0 * 1e9) }
    var pause: UInt32 = 500
    var end = child.poll()
    var nextLook: UInt64 = 0
    while end == nil {
      usleep(pause)
      pause = min(pause * 2, 50_000)
      tick()
      end = child.poll()
      guard let deadline, end == nil else { continue }
      var isOver = Host.now() > deadline
      if let isEnough, Host.now() > nextLook {
        nextLook = Host.now() + 500_000_000
        isOver = isOver || files[1...2].contains { isEnough(Files.soFar($0)) }
      }
      if isOver {
        kill(-child.pid, SIGKILL)
        end = child.wait()
      }
    }
    lseek(files[1], 0, SEEK_SET)
    lseek(files[2], 0, SEEK_SET)
    return Result(
      end: end!, output: try Files.read(files[1], name: arguments[0]),
      error: try Files.read(files[2], name: arguments[0]))
  }
}

/// This process's own environment, as execve(2) wants it.
private func inheritedEnvironment() -> [UnsafeMutablePointer<CChar>?] {
  var list: [UnsafeMutablePointer<CChar>?] = []
  var index = 0
  while let entry = environ[index] {
    list.append(entry)
    index += 1
  }
  return list + [nil]
}
