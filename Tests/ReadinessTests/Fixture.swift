import Basics
import Memory

@testable import Files

/// A namespace with nothing in it but the hidden place where pipes live.
func emptyNamespace() -> Namespace {
  let system = FileSystem(type: FileSystemType(name: "test"), device: .none)
  let root = Inode(fileSystem: system, number: 1, kind: .directory, mode: 0o755, user: 0, group: 0)
  return Namespace(root: root, source: [], types: [])
}

/// The error that `body` throws; nil when it throws none.
func failure(_ body: () throws(Errno) -> Void) -> Errno? {
  do throws(Errno) { try body() } catch { return error }
  return nil
}

extension OpenFile {
  func put(_ bytes: [UInt8]) throws(Errno) -> Int {
    var source = UserSource(bytes: bytes)
    var offset: Int64 = 0
    return try write(from: &source, at: &offset)
  }
  func put(_ text: String) throws(Errno) -> Int { try put(Array(text.utf8)) }
  func take(_ maximum: Int = 65536) throws(Errno) -> [UInt8] {
    var sink = UserSink(kernelCapacity: maximum)
    var offset: Int64 = 0
    _ = try read(into: &sink, at: &offset)
    return sink.takeBytes()
  }
  func takeText() throws(Errno) -> String { String(decoding: try take(), as: UTF8.self) }
}
