import Glibc
import Testing

@testable import apus

/// Bytes on their way: nothing lost, ends passed on in order.
@Suite(.serialized) struct PumpTests {
  /// Runs a loop with one pump until it is finished.
  private func finish(_ pump: Pump) {
    let loop = EventLoop()
    loop.pumps = [pump]
    let deadline = Host.now() + 5_000_000_000
    while !pump.isFinished && Host.now() < deadline { loop.step(until: deadline) }
  }

  @Test func everythingArrivesBeforeTheEnd() throws {
    let source = try Files.anonymous()
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    Files.writeAll(source, bytes)
    lseek(source, 0, SEEK_SET)
    let target = try Files.anonymous()
    let pump = Pump(from: source, to: target)
    var ended = 0
    pump.sourceEnded = { ended += 1 }
    finish(pump)
    #expect(ended == 1)
    lseek(target, 0, SEEK_SET)
    #expect(try Files.read(target, name: "target") == bytes)
  }

  @Test func aReaderThatGoesIsNoticed() throws {
    signal(SIGPIPE, SIG_IGN)
    let source = open("/dev/zero", O_RDONLY)
    let pipe = try Descriptors.pipe()
    let pump = Pump(from: source, to: pipe.write)
    var gone = false
    pump.sinkGone = { gone = true }
    let loop = EventLoop()
    loop.pumps = [pump]
    for _ in 0..<100 { loop.step(until: Host.now() + 1_000_000) }
    #expect(!gone)
    close(pipe.read)
    finish(pump)
    #expect(gone)
  }

  @Test func aReaderThatGoesIsNoticedWithNothingToWrite() throws {
    let source = try Descriptors.pipe()
    let sink = try Descriptors.pipe()
    let pump = Pump(from: source.read, to: sink.write)
    var gone = false
    pump.sinkGone = { gone = true }
    close(sink.read)
    finish(pump)
    #expect(gone)
  }

  @Test func theFilterSeesEverything() throws {
    let source = try Files.anonymous()
    Files.writeAll(source, Array("abc".utf8))
    lseek(source, 0, SEEK_SET)
    let target = try Files.anonymous()
    let pump = Pump(from: source, to: target)
    pump.filter = { $0.map { $0 - 32 } }
    finish(pump)
    lseek(target, 0, SEEK_SET)
    #expect(try Files.read(target, name: "target") == Array("ABC".utf8))
  }
}
