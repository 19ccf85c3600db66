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
