import Glibc

/// What the tool says to its user: always on stderr, so that stdout is the guest command's alone.
enum Messages {
  /// Colours go only to a terminal whose user has not asked for none (no-color.org).
  static let coloured = Host.isTerminal(2) && Host.environment("NO_COLOR") == nil && Host.environment("TERM") != "dumb"

  /// One line, `apus: …`.
  static func note(_ text: String) { write("apus: \(text)\n") }

  static func error(_ text: String) { write("\(paint("apus:", 31)) \(text)\n") }

  /// `text` in an ANSI colour, when colours are wanted.
  static func paint(_ text: String, _ colour: Int) -> String { coloured ? "\u{1b}[\(colour)m\(text)\u{1b}[0m" : text }

  /// Bytes to stderr. In a raw terminal a newline needs a carriage return before it.
  static func write(_ text: String) {
    let text = RawTerminal.isRaw ? text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n") : text
    Files.writeAll(2, Array(text.utf8))
  }
}

/// Says what is going on, but only once it has taken longer than a second.
struct Progress {
  let what: String
  private let start = Host.now()
  private var shownSeconds: UInt64 = 0

  init(_ what: String) { self.what = what }

  /// To be called every now and then.
  mutating func tick() {
    let seconds = (Host.now() - start) / 1_000_000_000
    guard seconds > shownSeconds else { return }
    if Host.isTerminal(2) {
      Messages.write("\rapus: \(what)… \(seconds) s")
    } else if shownSeconds == 0 {
      Messages.note("\(what)…")
    }
    shownSeconds = seconds
  }

  /// Leaves a finished line behind where `tick` wrote on it.
  func finish() {
    if shownSeconds > 0 && Host.isTerminal(2) { Messages.write("\n") }
  }
}
