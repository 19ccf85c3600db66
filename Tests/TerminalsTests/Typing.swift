@testable import Terminals

/// A line discipline with its output, as a person at the keyboard uses it.
final class Typing {
  var discipline: LineDiscipline
  var output = TerminalOutput()

  init(_ change: (inout Termios) -> Void = { _ in }) {
    var settings = Termios.standard
    change(&settings)
    discipline = LineDiscipline(settings)
  }

  /// Types the bytes; gives what is shown.
  func type(_ bytes: [UInt8]) -> [UInt8] {
    for byte in bytes where discipline.room > 0 { effects.merge(discipline.receive(byte, &output)) }
    return output.queue.take(8192)
  }

  func type(_ text: String) -> String { String(decoding: type(Array(text.utf8)), as: UTF8.self) }

  /// A read of up to `maximum` bytes; nil when it would wait.
  func read(_ maximum: Int = 4096) -> String? {
    guard discipline.hasInput() else { return nil }
    return String(decoding: discipline.take(maximum), as: UTF8.self)
  }

  var isStopped: Bool { discipline.isStopped }
  var room: Int { discipline.room }
  var readableCount: Int { discipline.readableCount }
  /// What `poll(2)` says.
  var isReadable: Bool { discipline.hasInput(minimum: discipline.pollMinimum) }

  /// What all that was typed brought.
  var effects = InputEffects()
}
