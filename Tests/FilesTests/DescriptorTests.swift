import Basics
import Testing

@testable import Files

@Suite struct DescriptorTests {
  func file() -> OpenFile {
    let system = FileSystem(type: FileSystemType(name: "test"), device: .none)
    let inode = Inode(fileSystem: system, number: 1, kind: .directory, mode: 0o755, user: 0, group: 0)
    let namespace = Namespace(root: inode, source: [], types: [])
    let request = OpenRequest(flags: [.readWrite], location: namespace.rootLocation, credentials: .root())
    return OpenFile(request, inode: inode, seekable: false)
  }

  @Test func theLowestNumberIsGiven() throws {
    let (table, file) = (FileTable(), file())
    for expected in 0..<200 { #expect(try table.add(file, closeOnExec: false, limit: 1024) == expected) }
    for gone in [5, 70, 130] as [Int32] { try table.close(gone) }
    #expect(try table.add(file, closeOnExec: false, limit: 1024) == 5)
    #expect(try table.add(file, closeOnExec: false, minimum: 100, limit: 1024) == 130)
    #expect(try table.add(file, closeOnExec: false, limit: 1024) == 70)
    #expect(try table.add(file, closeOnExec: false, limit: 1024) == 200)
    #expect(failure { () throws(Errno) in _ = try table.add(file, closeOnExec: false, limit: 201) } == .EMFILE)
    #expect(failure { () throws(Errno) in _ = try table.add(file, file, closeOnExec: false, limit: 202) } == .EMFILE)
    #expect(failure { () throws(Errno) in _ = try table.file(201) } == .EBADF)
    #expect(failure { () throws(Errno) in _ = try table.file(-1) } == .EBADF)
    #expect(failure { () throws(Errno) in _ = try table.file(.max) } == .EBADF)
    #expect(failure { () throws(Errno) in try table.close(-1) } == .EBADF)
  }

  @Test func closeOnExecIsPerDescriptor() throws {
    let (table, file) = (FileTable(), file())
    _ = try table.add(file, closeOnExec: false, limit: 10)
    _ = try table.add(file, closeOnExec: true, limit: 10)
    try table.set(5, file, closeOnExec: true, limit: 10)
    try table.set(6, file, closeOnExec: false, limit: 10)
    let copy = try table.copy()
    table.closeOnExec()
    #expect(table.next(from: 1) == 6)
    #expect(try copy.isCloseOnExec(5))
    #expect(failure { () throws(Errno) in try table.set(10, file, closeOnExec: false, limit: 10) } == .EBADF)
    copy.setCloseOnExec(from: 0, through: .max)
    copy.closeOnExec()
    #expect(copy.next(from: 0) == nil)
    table.close(from: 0, through: 5)
    #expect(table.next(from: 0) == 6)
    table.closeAll()
    #expect(table.next(from: 0) == nil)
  }

  /// With and without the lock the same file is found, and the same errors.
  @Test(arguments: [true, false]) func aFileIsUsedInPlace(isAlone: Bool) throws {
    let (table, file) = (FileTable(), file())
    let number = try table.add(file, closeOnExec: false, limit: 10)
    let path = OpenFile(
      OpenRequest(flags: [.path], location: file.location, credentials: .root()), inode: file.inode, seekable: false)
    let place = try table.add(path, closeOnExec: false, limit: 10)
    #expect(try table.withFile(number, isAlone: isAlone) { (found) throws(Errno) in found === file })
    for bad in [place, place + 1, 9, -1, .min, .max] {
      let error = failure { () throws(Errno) in try table.withFile(bad, isAlone: isAlone) { (_) throws(Errno) in } }
      #expect(error == .EBADF)
    }
    let passed = failure { () throws(Errno) in
      try table.withFile(number, isAlone: isAlone) { (_) throws(Errno) in throw .EINTR }
    }
    #expect(passed == .EINTR)
  }

  /// Where others use the table too, one of them may close the descriptor during a call: the call keeps the file.
  @Test func aCallKeepsItsFileInASharedTable() throws {
    final class Ending: OpenFile, @unchecked Sendable {
      nonisolated(unsafe) static var ended = 0
      deinit { Self.ended += 1 }
    }
    let (table, plain) = (FileTable(), file())
    let request = OpenRequest(flags: [], location: plain.location, credentials: .root())
    let number = try table.add(Ending(request, inode: plain.inode, seekable: false), closeOnExec: false, limit: 10)
    try table.withFile(number, isAlone: false) { (file) throws(Errno) in
      try table.close(number)
      #expect(Ending.ended == 0)
      #expect(file.inode === plain.inode)
    }
    #expect(Ending.ended == 1)
  }

  @Test func theLastDescriptorClosesTheFile() throws {
    final class Counted: OpenFile, @unchecked Sendable {
      nonisolated(unsafe) static var closed = 0
      deinit { Self.closed += 1 }
    }
    let table = FileTable()
    do {
      let plain = file()
      let request = OpenRequest(flags: [], location: plain.location, credentials: .root())
      let file = Counted(request, inode: plain.inode, seekable: false)
      _ = try table.add(file, closeOnExec: false, limit: 10)
      _ = try table.add(file, closeOnExec: false, limit: 10)
    }
    try table.close(0)
    #expect(Counted.closed == 0)
    try table.close(1)
    #expect(Counted.closed == 1)
  }
}

func failure(_ body: () throws(Errno) -> Void) -> Errno? {
  do throws(Errno) { try body() } catch { return error }
  return nil
}
