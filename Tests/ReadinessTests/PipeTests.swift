import Basics
import Memory
import Testing

@testable import Files

@Suite(.serialized) struct PipeTests {
  func pair(_ flags: OpenFlags = .nonBlocking) throws -> (read: PipeFile, write: PipeFile) {
    try PipeFile.makePair(emptyNamespace(), .root(), flags: flags)
  }

  @Test func bytesComeOutInOrder() throws {
    let (read, write) = try pair()
    #expect(try write.put("hello, ") == 7)
    #expect(try write.put("world") == 5)
    #expect(read.pipe.count == 12)
    #expect(try read.take(3) == Array("hel".utf8))
    #expect(try read.takeText() == "lo, world")
    #expect(failure { () throws(Errno) in _ = try read.take() } == .EAGAIN)
  }

  @Test func endOfFileWhenTheLastWriterIsGone() throws {
    let read: PipeFile
    do {
      let both = try pair()
      read = both.read
      _ = try both.write.put("x")
      #expect(both.read.poll(nil) == .readable)
    }
    #expect(read.poll(nil) == [.readable, .hangUp])
    #expect(try read.takeText() == "x")
    #expect(try read.take() == [])
    #expect(read.poll(nil) == .hangUp)
  }

  @Test func brokenPipeWhenTheLastReaderIsGone() throws {
    let write = try pair().write
    #expect(failure { () throws(Errno) in _ = try write.put("x") } == .EPIPE)
    #expect(write.poll(nil) == [.writable, .error])
  }

  @Test func smallWritesAreWholeOrNot() throws {
    let (read, write) = try pair()
    #expect(try write.put([UInt8](repeating: 1, count: 65536 - 100)) == 65436)
    #expect(failure { () throws(Errno) in _ = try write.put([UInt8](repeating: 2, count: 101)) } == .EAGAIN)
    #expect(try write.put([UInt8](repeating: 3, count: 100)) == 100)
    // A large one is cut to what fits.
    #expect(try read.take(4096).count == 4096)
    #expect(try write.put([UInt8](repeating: 4, count: 5000)) == 4096)
    #expect(failure { () throws(Errno) in _ = try write.put("x") } == .EAGAIN)
    #expect(write.poll(nil) == [])
  }

  @Test func capacityChanges() throws {
    let (read, write) = try pair()
    _ = try write.put([UInt8](repeating: 7, count: 10000))
    #expect(try write.pipe.resize(to: 12288, privileged: false) == 16384)
    #expect(failure { () throws(Errno) in _ = try write.pipe.resize(to: 4096, privileged: false) } == .EBUSY)
    #expect(failure { () throws(Errno) in _ = try write.pipe.resize(to: 2 << 20, privileged: false) } == .EPERM)
    #expect(try write.put([UInt8](repeating: 8, count: 10000)) == 6384)
    #expect(try read.take(9999).count == 9999)
    #expect(try write.pipe.resize(to: 1 << 20, privileged: false) == 1 << 20)
    #expect(try read.take() == [7] + [UInt8](repeating: 8, count: 6384))
  }

  /// Random writes, reads and resizes against an array; no frame is lost.
  @Test(arguments: 0..<8) func ringAgainstModel(_ seed: UInt64) throws {
    var state = seed &+ 0x9e37_79b9
    func next(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return Int(state >> 33) % limit
    }
    let (read, write) = try pair()
    var model: [UInt8] = []
    var value: UInt8 = 0
    for _ in 0..<600 {
      switch next(20) {
      case 0..<9:
        let bytes = (0..<next(next(2) == 0 ? 50 : 20000)).map { _ -> UInt8 in
          value &+= 1
          return value
        }
        let room = read.pipe.capacity - model.count
        let written = (try? write.put(bytes)) ?? 0
        #expect(written == (bytes.count <= 4096 && bytes.count > room ? 0 : min(bytes.count, room)))
        model.append(contentsOf: bytes[0..<written])
      case 9..<19:
        let bytes = (try? read.take(next(next(2) == 0 ? 50 : 20000))) ?? []
        #expect(bytes == Array(model.prefix(bytes.count)))
        model.removeFirst(bytes.count)
      default:
        _ = try? read.pipe.resize(to: UInt64(4096 << next(6)), privileged: false)
      }
      #expect(read.pipe.count == model.count)
    }
  }
}
