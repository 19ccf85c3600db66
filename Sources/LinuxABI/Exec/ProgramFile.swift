import Basics
import Files
import Memory

/// A program's file, opened for execution, with its first bytes.
struct ProgramFile {
  let file: OpenFile
  let start: [UInt8]

  /// EACCES, ENOENT, ENOEXEC …: see `execve(2)`.
  init(_ path: [UInt8], from directory: Location?, _ options: LookupOptions, _ caller: Caller) throws(Errno) {
    file = try caller.openForExecution(path, from: directory, options)
    start = try ProgramFile.read(file, at: 0, count: Script.window)
  }

  /// Up to `count` bytes at `offset`.
  static func read(_ file: OpenFile, at offset: UInt64, count: Int) throws(Errno) -> [UInt8] {
    guard var position = Int64(exactly: offset) else { throw .ENOEXEC }
    var sink = UserSink(kernelCapacity: count)
    while sink.remaining > 0 {
      if try file.read(into: &sink, at: &position) == 0 { break }
    }
    return sink.takeBytes()
  }

  /// The file taken apart; ENOEXEC where it is no ELF program.
  func parse() throws(Errno) -> ELFFile {
    let range = try ELFFile.programHeaderRange(header: start)
    let end = range.offset + range.length
    let headers =
      end <= UInt64(start.count)
      ? [UInt8](start[Int(range.offset)..<Int(end)])
      : try ProgramFile.read(file, at: range.offset, count: Int(range.length))
    return try ELFFile(header: start, programHeaders: headers)
  }

  /// The path of the program interpreter that `elf` names.
  func interpreterPath(_ range: ELFFile.FileRange) throws(Errno) -> [UInt8] {
    var path = try ProgramFile.read(file, at: range.offset, count: Int(range.length))
    guard path.count == Int(range.length), path.last == 0 else { throw .ENOEXEC }
    path.removeLast()
    guard !path.isEmpty, !path.contains(0) else { throw .ENOEXEC }
    return path
  }
}
