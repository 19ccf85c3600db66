import Basics
import Memory
import Machine

@testable import Files
@testable import TmpFS

/// A tree on a fresh tmpfs with the superuser in it, and shorthands that take text.
struct Tree {
  let namespace: Namespace
  let caller: Caller

  init(pageLimit: Int? = 1024) {
    let type = TmpFileSystemType()
    let root = type.make(device: DeviceNumber(major: 0, minor: 1), pageLimit: pageLimit, inodeLimit: 10000, mode: 0o755)
    namespace = Namespace(root: root, source: bytes("rootfs"), types: [type])
    caller = Caller(context: FSContext(namespace: namespace), credentials: .root())
  }

  /// The same tree seen by an ordinary user.
  func asUser(_ id: UInt32, groups: [UInt32] = []) -> Caller {
    let credentials = Credentials(
      user: .init(id), group: .init(id), groups: groups, capabilities: .none)
    return Caller(context: FSContext(namespace: namespace), credentials: credentials)
  }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// The error that `body` throws; nil when it throws none.
func failure(_ body: () throws(Errno) -> Void) -> Errno? {
  do throws(Errno) { try body() } catch { return error }
  return nil
}

extension Caller {
  func mkdir(_ path: String, _ mode: UInt32 = 0o755) throws(Errno) { try makeDirectory(bytes(path), mode: mode) }
  func rmdir(_ path: String) throws(Errno) { try removeDirectory(bytes(path)) }
  func rm(_ path: String) throws(Errno) { try unlink(bytes(path)) }
  func mv(_ old: String, _ new: String, _ flags: RenameFlags = []) throws(Errno) {
    try rename(bytes(old), to: bytes(new), flags)
  }
  func ln(_ old: String, _ new: String) throws(Errno) { try link(find(bytes(old), []), to: bytes(new)) }
  func symlink(_ target: String, _ path: String) throws(Errno) {
    try makeSymbolicLink(bytes(path), target: bytes(target))
  }
  func at(_ path: String, _ options: LookupOptions = .followLast) throws(Errno) -> Location {
    try find(bytes(path), options)
  }
  func open(_ path: String, _ flags: OpenFlags = [], _ mode: UInt32 = 0o644) throws(Errno) -> OpenFile {
    try open(bytes(path), flags: flags, mode: mode)
  }
  @discardableResult
  func write(_ path: String, _ contents: String) throws(Errno) -> OpenFile {
    let file = try open(path, [.readWrite, .create, .truncate])
    _ = try file.put(contents)
    return file
  }
  func read(_ path: String) throws(Errno) -> String { try open(path).take() }
  /// The names of a directory in the order that listing gives, `.` and `..` left out.
  func ls(_ path: String) throws(Errno) -> [String] {
    var names: [String] = []
    try open(path).list(from: 0) { entry in
      names.append(text(entry.name))
      return true
    }
    return names.filter { $0 != "." && $0 != ".." }
  }
  func path(_ location: Location) -> String? { (try? location.path(from: context.root)).map(text) }
}

extension OpenFile {
  func put(_ contents: String) throws(Errno) -> Int {
    var source = UserSource(bytes: bytes(contents))
    return try write(from: &source)
  }
  func put(_ contents: String, at offset: Int64) throws(Errno) -> Int {
    var source = UserSource(bytes: bytes(contents))
    return try write(from: &source, to: offset)
  }
  func take(_ count: Int = 65536) throws(Errno) -> String {
    var sink = UserSink(kernelCapacity: count)
    _ = try read(into: &sink)
    return text(sink.takeBytes())
  }
  func take(_ count: Int, at offset: Int64) throws(Errno) -> [UInt8] {
    var sink = UserSink(kernelCapacity: count)
    _ = try read(into: &sink, from: offset)
    return sink.takeBytes()
  }
}
