import Basics
import Testing

@testable import Memory

extension OnOneMachine {
  /// On the host "user memory" is the test's own.
  @Suite(.serialized) struct UserCursorTests {
    private func withUser(_ bytes: [UInt8], _ body: (UInt64) throws -> Void) rethrows -> [UInt8] {
      var bytes = bytes
      try bytes.withUnsafeMutableBytes { try body(UInt64(UInt(bitPattern: $0.baseAddress!))) }
      return bytes
    }

    @Test func rangesAreChecked() {
      #expect(throws: Errno.EFAULT) { try UserMemory.check(UserMemory.reach - 3, 4) }
      #expect(throws: Errno.EFAULT) { try UserMemory.check(.max, 1) }
      #expect(throws: Errno.EFAULT) { try UserMemory.check(0, -1) }
      #expect(throws: Errno.EFAULT) { try UserMemory.check(1 << 63, .max) }
      #expect(throws: Never.self) { try UserMemory.check(UserMemory.reach - 4, 4) }
      #expect(throws: Errno.EFAULT) { _ = try UserSource(address: UserMemory.reach, count: 1) }
    }

    @Test func vectorSums() {
      #expect(throws: Errno.EINVAL) {
        _ = try UserSource(vectors: [IOVector(base: 0, length: 1 << 63), IOVector(base: 0, length: 5)])
      }
      #expect(throws: Errno.EFAULT) { _ = try UserSource(vectors: [IOVector(base: 0, length: 1 << 62)]) }
    }

    @Test func sourceWalksVectors() throws {
      _ = try withUser(Array(0..<100)) { (address) throws in
        let vectors = [
          IOVector(base: address + 10, length: 3), IOVector(base: address, length: 0),
          IOVector(base: address + 50, length: 4),
        ]
        var source = try UserSource(vectors: vectors)
        #expect(source.remaining == 7)
        let frame = Frames.allocate(zeroed: true)!
        let start = source.cursor
        #expect(try source.copy(into: frame, offset: 4092, count: 7) == 4)
        var bytes = [UInt8](repeating: 0, count: 10)
        #expect(try source.copy(into: &bytes, at: 2, count: 100) == 3)
        #expect(bytes[2..<6] == [51, 52, 53, 0])
        #expect(source.remaining == 0)
        #expect(try source.copy(into: frame, offset: 0, count: 5) == 0)
        source.cursor = start
        source.skip(4)
        #expect(try source.takeArray(3) == [51, 52, 53])
        Frames.copy(from: frame, offset: 4092, into: &bytes, at: 0, count: 4)
        #expect(bytes[0..<4] == [10, 11, 12, 50])
        Frames.release(frame)
      }
    }

    @Test func sinkFillsUserAndKernelBytes() throws {
      let frame = Frames.allocate(zeroed: true)!
      Frames.copy(from: [9, 8, 7, 6], at: 0, to: frame, offset: 100, count: 4)
      let result = try withUser([UInt8](repeating: 1, count: 8)) { (address) throws in
        var sink = try UserSink(address: address, count: 7)
        #expect(try sink.copy(from: frame, offset: 101, count: 2) == 2)
        #expect(try sink.clear(count: 2) == 2)
        #expect(try sink.copy(from: [5, 4, 3, 2], at: 0, count: 4) == 3)
        #expect(sink.remaining == 0)
      }
      #expect(result == [8, 7, 0, 0, 5, 4, 3, 1])
      var sink = UserSink(kernelCapacity: 5)
      #expect(try sink.copy(from: frame, offset: 100, count: 3) == 3)
      #expect(try sink.clear(count: 9) == 2)
      #expect(sink.takeBytes() == [9, 8, 7, 0, 0])
      var source = UserSource(bytes: [1, 2, 3])
      #expect(try source.copy(into: frame, offset: 0, count: 2) == 2)
      #expect(try source.takeArray(1) == [3])
      Frames.release(frame)
    }

    @Test func stringsEndAtZeroOrAreTooLong() throws {
      var text = [UInt8](repeating: 65, count: 300)
      text[200] = 0
      _ = try withUser(text) { (address) throws in
        #expect(try UserMemory.string(address) == [UInt8](repeating: 65, count: 200))
        #expect(try UserMemory.string(address + 200) == [])
        #expect(try UserMemory.string(address, maximum: 201).count == 200)
        #expect(throws: Errno.ENAMETOOLONG) { try UserMemory.string(address, maximum: 200) }
      }
    }
  }
}
