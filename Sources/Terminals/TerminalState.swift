/// What a terminal's lock guards.
struct TerminalState: ~Copyable {
  var discipline: LineDiscipline
  var output = TerminalOutput()
  var window = WindowSize()
  /// The session that it controls, and the group in the foreground; 0: none.
  var session: Int32 = 0
  var foreground: Int32 = 0
  /// Counts hang-ups: files opened before the last one are dead.
  var generation: UInt32 = 0
  /// Open file descriptions.
  var opens = 0
  /// `TIOCEXCL`
  var isExclusive = false

  init(_ settings: Termios) { discipline = LineDiscipline(settings) }

  /// The bytes were typed: as many as there is room for.
  mutating func receive(_ bytes: [UInt8], from start: Int, limit: Int) -> (taken: Int, effects: InputEffects) {
    var effects = InputEffects()
    var index = start
    while index < bytes.count, index - start < limit, discipline.room > 0 {
      effects.merge(discipline.receive(bytes[index], &output))
      index += 1
    }
    return (index - start, effects)
  }

  /// Bytes of a program on their way to the screen: as many as there is room for.
  mutating func write(_ bytes: [UInt8], from start: Int) -> Int {
    if discipline.isStopped { return 0 }
    var index = start
    while index < bytes.count, output.room > 0 {
      output.put(bytes[index], discipline.settings)
      index += 1
    }
    return index - start
  }

  var isWritable: Bool { !discipline.isStopped && output.room > 0 }

  /// The line hangs up: what was typed and written is gone, whoever has it open finds it dead.
  mutating func hangUp() -> (session: Int32, foreground: Int32) {
    defer {
      session = 0
      foreground = 0
    }
    generation &+= 1
    discipline = LineDiscipline(discipline.settings)
    return (session, foreground)
  }
}

/// `struct winsize`.
public struct WindowSize: Equatable, BitwiseCopyable {
  public var rows: UInt16 = 0
  public var columns: UInt16 = 0
  public var pixelWidth: UInt16 = 0
  public var pixelHeight: UInt16 = 0

  public init() {}
  public init(rows: UInt16, columns: UInt16) {
    self.rows = rows
    self.columns = columns
  }
}
