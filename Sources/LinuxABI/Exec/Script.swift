import Basics

/// The first line of a `#!` script (`execve(2)`, "Interpreter scripts").
public struct Script: Equatable, Sendable {
  public let interpreter: [UInt8]
  /// Everything behind the interpreter, one argument whatever it holds.
  public let argument: [UInt8]?

  /// How much of a file is looked at for the line (`BINPRM_BUF_SIZE`).
  public static var window: Int { 256 }

  /// Nil when the file is no script; ENOEXEC when its interpreter is missing or cut off.
  public static func parse(_ start: [UInt8]) throws(Errno) -> Script? {
    guard start.count >= 2, start[0] == 0x23, start[1] == 0x21 else { return nil }
    let bytes = start.count > window ? [UInt8](start[0..<window]) : start
    let end = bytes.firstIndex(of: 0x0a) ?? bytes.firstIndex(of: 0) ?? bytes.count
    let cut = end == window
    var first = 2
    while first < end, isBlank(bytes[first]) { first += 1 }
    var last = end
    while last > first, isBlank(bytes[last - 1]) { last -= 1 }
    guard first < last else { throw .ENOEXEC }
    var middle = first
    while middle < last, !isBlank(bytes[middle]), bytes[middle] != 0 { middle += 1 }
    // A path that the window cuts off must not run as another, shorter path.
    if middle == last && cut { throw .ENOEXEC }
    var argument = middle
    while argument < last, isBlank(bytes[argument]) { argument += 1 }
    return Script(
      interpreter: [UInt8](bytes[first..<middle]),
      argument: argument < last ? [UInt8](bytes[argument..<last]) : nil)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
