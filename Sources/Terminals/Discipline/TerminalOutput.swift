/// What a terminal shows: bytes on their way to the device (or to the master of a pseudo-terminal), with the column
/// that the cursor is in, as far as can be told.
///
/// Programs' writes use at most `writeCapacity` of the queue: the rest is kept for the echo of what is typed.
public struct TerminalOutput: ~Copyable {
  public var queue = ByteRing(capacity: 8192)
  public private(set) var column = 0
  /// The column where the line being typed began: for erasing tabs.
  var lineColumn = 0

  static var writeCapacity: Int { 6144 }
  /// The most bytes that one byte written becomes (a tab).
  static var longestExpansion: Int { 8 }

  public init() {}

  /// How many bytes programs may write now, each of which may grow.
  public var room: Int { max(0, TerminalOutput.writeCapacity - queue.count) / 2 }

  /// Puts one byte out as the modes say (`OPOST`). The caller has seen that there is room; without, it is lost.
  public mutating func put(_ byte: UInt8, _ settings: borrowing Termios) {
    guard settings.output.contains(.process) else {
      queue.append(byte)
      return
    }
    var byte = byte
    switch byte {
    case 10:
      if settings.output.contains(.newlineReturns) { column = 0 }
      if settings.output.contains(.newlineToCarriageReturnNewline) {
        column = 0
        lineColumn = 0
        queue.append(13)
        queue.append(10)
        return
      }
      lineColumn = column
    case 13:
      if settings.output.contains(.noCarriageReturnAtStart) && column == 0 { return }
      if settings.output.contains(.carriageReturnToNewline) {
        byte = 10
        if settings.output.contains(.newlineReturns) {
          column = 0
          lineColumn = 0
        }
      } else {
        column = 0
        lineColumn = 0
      }
    case 9:
      let spaces = 8 - (column & 7)
      column += spaces
      if settings.output.rawValue & OutputModes.expandTabs.rawValue == OutputModes.expandTabs.rawValue {
        for _ in 0..<spaces { queue.append(32) }
        return
      }
    case 8:
      if column > 0 { column -= 1 }
    default:
      if !isControl(byte) {
        if settings.output.contains(.lowerToUpper), byte >= 97, byte <= 122 { byte -= 32 }
        if !settings.isContinuation(byte) { column += 1 }
      }
    }
    queue.append(byte)
  }

  /// Puts out `^X` for the control character `byte`.
  mutating func putCaret(_ byte: UInt8) {
    queue.append(94)
    queue.append(byte ^ 0o100)
    column += 2
  }

  /// Moves the cursor back over a tab, which began `width` columns after the line's start or, when `afterTab`, after
  /// the tab before it.
  mutating func eraseTab(width: Int, afterTab: Bool) {
    let start = afterTab ? width : width + lineColumn
    for _ in 0..<(8 - (start & 7)) {
      queue.append(8)
      if column > 0 { column -= 1 }
    }
  }

  mutating func markLineStart() { lineColumn = column }
}

/// C's `iscntrl` on one byte.
func isControl(_ byte: UInt8) -> Bool { byte < 32 || byte == 127 }

extension Termios {
  /// Whether `byte` continues a UTF-8 character, where the terminal knows UTF-8.
  func isContinuation(_ byte: UInt8) -> Bool { byte & 0xc0 == 0x80 && input.contains(.utf8) }
}
