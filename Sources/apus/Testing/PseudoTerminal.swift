import Glibc

/// The tool on a terminal of its own, with a test at the keyboard.
final class PseudoTerminal {
  private let master: Int32
  private let slave: Int32
  private let child: Subprocess
  /// Everything shown so far, and how much of it earlier expectations have used up.
  private var screen: [UInt8] = []
  private var consumed = 0

  // Request numbers of <asm-generic/ioctls.h>.
  private static let unlock: UInt = 0x4004_5431
  private static let number: UInt = 0x8004_5430

  /// Starts `apus` with these arguments on a terminal of `rows` by `columns`.
  init(_ arguments: [String], rows: Int = 24, columns: Int = 80) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard master >= 0 else { throw Failure.system("cannot open a pseudo-terminal") }
    var zero: Int32 = 0
    var index: UInt32 = 0
    _ = ioctl(master, Self.unlock, &zero)
    _ = ioctl(master, Self.number, &index)
    let path = "/dev/pts/\(index)"
    slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard slave >= 0 else { throw Failure.system(path) }
    child = try Subprocess(
      ["setsid", "--ctty", Files.realPath("/proc/self/exe")] + arguments,
      Subprocess.Setup(input: slave, output: slave, error: slave, diesWithTool: true))
    resize(rows: rows, columns: columns)
  }

  deinit {
    if child.poll() == nil { kill(child.pid, SIGKILL) }
    close(slave)
    close(master)
  }

  func resize(rows: Int, columns: Int) {
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }

  func type(_ keys: String) { Files.writeAll(master, Array(keys.utf8)) }

  /// Lets a program that was just started set the terminal's modes, before it gets its first key.
  func pause() { usleep(500_000) }

  /// Waits until a text appears behind what was expected before.
  func expect(_ text: String, seconds: Double = 12) throws {
    let deadline = Host.now() + UInt64(seconds * 1e9)
    let wanted = Array(text.utf8)
    while true {
      if let end = find(wanted) {
        consumed = end
        return
      }
      guard Host.now() < deadline, take() else {
        throw Mismatch("\(text.debugDescription) does not appear; the screen has \(String(decoding: screen[consumed...], as: UTF8.self).debugDescription)")
      }
    }
  }

  /// Waits for the tool's end and answers its status.
  func finish(seconds: Double = 12) throws -> Int32 {
    let deadline = Host.now() + UInt64(seconds * 1e9)
    while Host.now() < deadline {
      if let end = child.poll() { return end.status }
      _ = take()
    }
    throw Mismatch("the tool does not end; the screen has \(String(decoding: screen[consumed...], as: UTF8.self).debugDescription)")
  }

  /// Sends SIGTERM to the tool, which setsid(1) has become.
  func terminate() { kill(child.pid, SIGTERM) }

  /// Whether lines are edited and echoed by the terminal, as before the tool was started.
  var isCooked: Bool {
    var modes = termios()
    tcgetattr(slave, &modes)
    return modes.c_lflag & tcflag_t(ICANON | ECHO) == tcflag_t(ICANON | ECHO)
  }

  private func take() -> Bool {
    var wait = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, 100) > 0 else { return true }
    var chunk = [UInt8](repeating: 0, count: 4096)
    let count = read(master, &chunk, chunk.count)
    if count > 0 { screen += chunk[..<count] }
    return count > 0
  }

  private func find(_ wanted: [UInt8]) -> Int? {
    guard screen.count - consumed >= wanted.count else { return nil }
    for start in consumed...(screen.count - wanted.count) where screen[start...].starts(with: wanted) {
      return start + wanted.count
    }
    return nil
  }
}
