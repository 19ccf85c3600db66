/// The interactive shell, as somebody at a terminal meets it.
enum TerminalTests {
  static let group = TestGroup("terminal", [
    ("a prompt, echo, and exit with a status", promptAndExit),
    ("the window's size, and its changes", windowSize),
    ("Ctrl-C ends a command and not the shell", interrupt),
    ("Ctrl-Z, bg, fg", jobControl),
    ("line editing and end of input", lineEditing),
    ("vi", vi),
    ("Ctrl-A x leaves", escape),
    ("the modes are put back when the tool is killed", killed),
  ])

  /// A shell with a prompt that no command's echo contains.
  private static func shell(rows: Int = 24, columns: Int = 80) throws -> PseudoTerminal {
    let terminal = try PseudoTerminal(
      ["run", "--accel", "tcg", "--checked", "--timeout", "30"], rows: rows, columns: columns)
    try terminal.expect("leaves")
    terminal.type("PS1='ready''> '\r")
    try terminal.expect("ready> ")
    return terminal
  }

  private static func promptAndExit() throws {
    let terminal = try shell()
    terminal.type("echo $((6 * 7)) is it; tty\r")
    try terminal.expect("42 is it\r\n")
    try terminal.expect("/dev/")
    try terminal.expect("ready> ")
    terminal.type("exit 7\r")
    try apus.expect("status", try terminal.finish(), is: 7)
    try apus.expect("cooked", terminal.isCooked, is: true)
  }

  private static func windowSize() throws {
    let terminal = try shell(rows: 33, columns: 101)
    terminal.type("stty size\r")
    try terminal.expect("33 101\r\n")
    terminal.resize(rows: 50, columns: 120)
    terminal.type("sleep 1; stty size\r")
    try terminal.expect("50 120\r\n")
  }

  private static func interrupt() throws {
    let terminal = try shell()
    terminal.type("sleep 1000\r")
    try terminal.expect("sleep 1000\r\n")
    terminal.pause()
    terminal.type("\u{3}")
    try terminal.expect("ready> ")
    terminal.type("echo $?\r")
    try terminal.expect("130\r\n")
  }

  private static func jobControl() throws {
    let terminal = try shell()
    terminal.type("sleep 1000\r")
    try terminal.expect("sleep 1000\r\n")
    terminal.pause()
    terminal.type("\u{1a}")
    try terminal.expect("Stopped")
    try terminal.expect("ready> ")
    terminal.type("jobs; bg; jobs\r")
    try terminal.expect("Stopped")
    try terminal.expect("Running")
    try terminal.expect("ready> ")
    terminal.type("fg\r")
    try terminal.expect("sleep 1000")
    terminal.pause()
    terminal.type("\u{3}")
    try terminal.expect("ready> ")
    terminal.type("jobs; echo none\r")
    try terminal.expect("\nnone\r\n")
  }

  private static func lineEditing() throws {
    let terminal = try shell()
    terminal.type("cat\r")
    try terminal.expect("cat\r\n")
    terminal.pause()
    terminal.type("onex\u{7f} two\r")
    try terminal.expect("\none two\r\n")
    terminal.type("\u{4}")
    try terminal.expect("ready> ")
  }

  private static func vi() throws {
    let terminal = try shell()
    terminal.type("vi /tmp/text\r")
    try terminal.expect("/tmp/text")
    terminal.pause()
    terminal.type("ihello\rworld\u{1b}")
    terminal.pause()  // Escape, and not the start of a function key.
    terminal.type(":wq\r")
    try terminal.expect("ready> ")
    terminal.type("cat /tmp/text\r")
    try terminal.expect("\nhello\r\nworld\r\n")
  }

  private static func escape() throws {
    let terminal = try shell()
    terminal.type("\u{1}x")
    try apus.expect("status", try terminal.finish(), is: 0)
    try apus.expect("cooked", terminal.isCooked, is: true)
  }

  private static func killed() throws {
    let terminal = try shell()
    try apus.expect("cooked", terminal.isCooked, is: false)
    terminal.terminate()
    try apus.expect("status", try terminal.finish(), is: 143)
    try apus.expect("cooked", terminal.isCooked, is: true)
  }
}
