import Glibc

/// The user's terminal while a guest has it: every key goes through unchanged.
///
/// The mode is put back on every way out: normally, through exit(3), and when the tool itself crashes.
enum RawTerminal {
  nonisolated(unsafe) private static var saved = termios()
  nonisolated(unsafe) static private(set) var isRaw = false

  /// Whether this run can offer a terminal at all.
  static var isAvailable: Bool { Host.isTerminal(0) && Host.isTerminal(1) }

  static func enter() throws {
    guard tcgetattr(0, &saved) == 0 else { throw Failure.system("cannot read the terminal's modes") }
    atexit { RawTerminal.restore() }
    for signal in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { signal in
        // Only calls that are safe in a signal handler: put the terminal back, then die of the same signal.
        RawTerminal.restore()
        Glibc.signal(signal, SIG_DFL)
        raise(signal)
      }
      sigaction(signal, &action, nil)
    }
    resume()
  }

  /// Raw mode again, for instance after the tool was stopped and continued.
  static func resume() {
    var raw = saved
    cfmakeraw(&raw)
    if tcsetattr(0, TCSADRAIN, &raw) == 0 { isRaw = true }
  }

  static func restore() {
    guard isRaw else { return }
    isRaw = false
    tcsetattr(0, TCSADRAIN, &saved)
  }

  /// Rows and columns of the window, if the terminal knows them.
  static func size() -> (rows: Int, columns: Int)? {
    var size = winsize()
    guard ioctl(0, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_row), Int(size.ws_col))
  }
}
