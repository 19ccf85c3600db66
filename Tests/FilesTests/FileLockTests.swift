import Basics
import Testing

@testable import Files

@Suite struct FileLockTests {
  let inode: Inode
  let waits = LockWaits()
  let tables = [FileTable(), FileTable(), FileTable()]

  init() {
    let system = FileSystem(type: FileSystemType(name: "test"), device: .none)
    inode = Inode(fileSystem: system, number: 1, kind: .regular, mode: 0o644, user: 0, group: 0)
  }

  func lock(_ who: Int, _ start: Int64, _ end: Int64, exclusive: Bool = true) -> RecordLock {
    RecordLock(owner: .table(ObjectIdentifier(tables[who])), process: Int32(who), exclusive: exclusive, start: start, end: end)
  }

  func set(_ lock: RecordLock) -> Errno? {
    failure { () throws(Errno) in try inode.locks.set(lock, wait: false, waits) }
  }

  @Test func rangesConflict() {
    #expect(set(lock(0, 0, 99)) == nil)
    #expect(set(lock(1, 100, 199)) == nil)
    #expect(set(lock(1, 50, 60)) == .EAGAIN)
    #expect(set(lock(1, 50, 60, exclusive: false)) == .EAGAIN)
    #expect(set(lock(0, 0, 99, exclusive: false)) == nil)
    #expect(set(lock(1, 50, 60, exclusive: false)) == nil)
    #expect(set(lock(0, 0, 99)) == .EAGAIN)
    let found = inode.locks.conflict(with: lock(2, 90, .max))
    #expect(found?.process == 0 && found?.exclusive == false && found?.start == 0 && found?.end == 99)
  }

  @Test func unlockingSplitsAndLockingJoins() {
    #expect(set(lock(0, 0, 99)) == nil)
    inode.locks.unlock(.table(ObjectIdentifier(tables[0])), from: 40, through: 59)
    #expect(set(lock(1, 40, 59)) == nil)
    #expect(set(lock(1, 39, 39)) == .EAGAIN)
    #expect(set(lock(1, 60, 60)) == .EAGAIN)
    inode.locks.unlock(.table(ObjectIdentifier(tables[1])), from: 0, through: .max)
    #expect(set(lock(0, 40, 59)) == nil)
    let found = inode.locks.conflict(with: lock(1, 0, .max))
    #expect(found?.start == 0 && found?.end == 99)
  }

  @Test func closingReleases() {
    #expect(set(lock(0, 0, .max)) == nil)
    inode.locks.releaseRecords(of: .table(ObjectIdentifier(tables[0])))
    #expect(set(lock(1, 0, .max)) == nil)
  }

  @Test func circlesOfWaitersAreSeen() {
    let place = ObjectIdentifier(inode)
    func owner(_ who: Int) -> RecordLock.Owner { .table(ObjectIdentifier(tables[who])) }
    #expect(waits.add(owner(0), waitsFor: owner(1), on: place))
    #expect(waits.add(owner(1), waitsFor: owner(2), on: place))
    #expect(!waits.add(owner(2), waitsFor: owner(0), on: place))
    waits.remove(waiter: owner(1), on: place)
    #expect(waits.add(owner(2), waitsFor: owner(0), on: place))
  }
}
