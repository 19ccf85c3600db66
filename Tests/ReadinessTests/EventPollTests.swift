import Basics
import Testing

@testable import Files

@Suite(.serialized) struct EventPollTests {
  let namespace = emptyNamespace()
  static let input: UInt32 = 1

  func counter(_ initial: UInt64 = 0) throws -> EventFile {
    try EventFile.make(namespace, .root(), initial: initial, isSemaphore: false, nonBlocking: true)
  }
  func poll() throws -> EventPollFile { try EventPollFile.make(namespace, .root()) }
  func look(_ poll: EventPollFile, _ maximum: Int = 8) throws -> [UInt64] {
    try poll.wait(maximum, .immediate).map { $0.data }
  }
  func one(_ value: UInt8 = 1) -> [UInt8] { [value, 0, 0, 0, 0, 0, 0, 0] }

  @Test func levelTriggeredIsReportedWhileItHolds() throws {
    let (poll, file) = (try poll(), try counter())
    try poll.add(3, file, events: Self.input, data: 42)
    #expect(try look(poll) == [])
    _ = try file.put(one())
    #expect(try look(poll) == [42])
    #expect(try look(poll) == [42])
    #expect(poll.poll(nil) == .readable)
    _ = try file.take(8)
    #expect(try look(poll) == [])
    #expect(poll.poll(nil) == [])
  }

  @Test func edgeTriggeredIsReportedOnEachEvent() throws {
    let (poll, file) = (try poll(), try counter(1))
    try poll.add(3, file, events: Self.input | 1 << 31, data: 7)
    #expect(try look(poll) == [7])
    #expect(try look(poll) == [])
    _ = try file.put(one())
    #expect(try look(poll) == [7])
    #expect(try look(poll) == [])
  }

  @Test func oneShotIsReportedOnce() throws {
    let (poll, file) = (try poll(), try counter(1))
    try poll.add(3, file, events: Self.input | 1 << 30, data: 7)
    #expect(try look(poll) == [7])
    _ = try file.put(one())
    #expect(try look(poll) == [])
    try poll.modify(3, file, events: Self.input | 1 << 30, data: 8)
    #expect(try look(poll) == [8])
  }

  @Test func errors() throws {
    let (poll, file) = (try poll(), try counter())
    try poll.add(3, file, events: Self.input, data: 0)
    #expect(failure { () throws(Errno) in try poll.add(3, file, events: 1, data: 0) } == .EEXIST)
    try poll.add(4, file, events: Self.input, data: 0)  // another descriptor of the same file
    #expect(failure { () throws(Errno) in try poll.modify(5, file, events: 1, data: 0) } == .ENOENT)
    try poll.remove(3, file)
    #expect(failure { () throws(Errno) in try poll.remove(3, file) } == .ENOENT)
    let inode = namespace.rootLocation.inode
    let request = OpenRequest(flags: [], location: namespace.rootLocation, credentials: .root())
    let regular = OpenFile(request, inode: inode, seekable: true)
    #expect(failure { () throws(Errno) in try poll.add(6, regular, events: 1, data: 0) } == .EPERM)
  }

  @Test func aClosedFileIsForgotten() throws {
    let poll = try poll()
    do {
      let file = try counter(1)
      try poll.add(3, file, events: Self.input, data: 9)
      #expect(try look(poll) == [9])
    }
    #expect(try look(poll) == [])
  }

  @Test func aClosedPipeEndIsSeenThroughEpoll() throws {
    let poll = try poll()
    var ends: (read: PipeFile, write: PipeFile)? = try PipeFile.makePair(namespace, .root(), flags: .nonBlocking)
    let read = ends!.read
    try poll.add(3, read, events: Self.input, data: 1)
    #expect(try look(poll) == [])
    ends = nil
    let events = try poll.wait(8, .immediate)
    #expect(events.count == 1)
    #expect(events.first?.events == 0x10)
  }

  @Test func nestingIsBounded() throws {
    let (a, b) = (try poll(), try poll())
    try a.add(3, b, events: Self.input, data: 1)
    #expect(failure { () throws(Errno) in try b.add(3, a, events: 1, data: 1) } == .ELOOP)
    let file = try counter(1)
    try b.add(4, file, events: Self.input, data: 2)
    #expect(try look(a) == [1])
    var chain = [try poll()]
    for _ in 0..<4 {
      let next = try poll()
      try next.add(3, chain.last!, events: Self.input, data: 0)
      chain.append(next)
    }
    let top = try poll()
    #expect(failure { () throws(Errno) in try top.add(3, chain.last!, events: 1, data: 1) } == .ELOOP)
  }

  @Test func countersAndSemaphores() throws {
    let file = try counter(5)
    _ = try file.put(one(2))
    #expect(try file.take(8) == one(7))
    #expect(failure { () throws(Errno) in _ = try file.take(8) } == .EAGAIN)
    #expect(failure { () throws(Errno) in _ = try file.take(7) } == .EINVAL)
    #expect(failure { () throws(Errno) in _ = try file.put([UInt8](repeating: 255, count: 8)) } == .EINVAL)
    let semaphore = try EventFile.make(namespace, .root(), initial: 2, isSemaphore: true, nonBlocking: true)
    #expect(try semaphore.take(8) == one())
    #expect(try semaphore.take(8) == one())
    #expect(semaphore.poll(nil) == .output)
  }
}
