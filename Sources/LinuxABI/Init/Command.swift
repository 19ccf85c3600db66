import Basics
import Files
import Machine
import Memory

/// What the host wants to be run: the files in `/.apus` of the initial file system.
public struct Command: Sendable {
  public var arguments: [[UInt8]]
  public var environment: [[UInt8]]
  /// Standard streams are the terminal; else three one-way streams.
  public var usesTerminal: Bool

  /// Reads it; without one, a shell in the terminal.
  public init(_ caller: Caller) {
    arguments = Command.strings("/.apus/command", caller)
    environment = Command.strings("/.apus/environment", caller)
    let mode = Command.read("/.apus/mode", caller)
    usesTerminal = mode.isEmpty ? arguments.isEmpty : mode.starts(with: ("terminal" as StaticString).bytes)
    if arguments.isEmpty { arguments = [("/bin/sh" as StaticString).bytes] }
    addDefault("PATH=", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    addDefault("HOME=", "/root")
    if usesTerminal { addDefault("TERM=", "linux") }
  }

  private mutating func addDefault(_ name: StaticString, _ value: StaticString) {
    let name = name.bytes
    for entry in environment where entry.starts(with: name) { return }
    environment.append(name + value.bytes)
  }

  /// The paths to try for the command's first word: itself where it holds a slash, else in each directory of PATH.
  public var candidates: [[UInt8]] {
    let name = arguments[0]
    if name.contains(0x2f) { return [name] }
    var result: [[UInt8]] = []
    for entry in environment where entry.starts(with: ("PATH=" as StaticString).bytes) {
      for directory in entry[5...].split(separator: 0x3a) { result.append([UInt8](directory) + [0x2f] + name) }
      break
    }
    return result
  }

  private static func strings(_ path: StaticString, _ caller: Caller) -> [[UInt8]] {
    read(path, caller).split(separator: 0, omittingEmptySubsequences: false).dropLast().map { [UInt8]($0) }
  }

  private static func read(_ path: StaticString, _ caller: Caller) -> [UInt8] {
    var result: [UInt8] = []
    do throws(Errno) {
      let file = try caller.open(path.bytes, flags: [], mode: 0)
      while result.count < 1 << 20 {
        let part = try ProgramFile.read(file, at: UInt64(result.count), count: 65536)
        if part.isEmpty { break }
        result.append(contentsOf: part)
      }
    } catch {}
    return result
  }
}
