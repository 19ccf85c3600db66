import Testing

@testable import Devices

private final class FakeClock: RealTimeClock.Source {
  var registers: [UInt8: UInt8]
  var updatesLeft = 0
  init(_ registers: [UInt8: UInt8]) { self.registers = registers }
  func read(_ register: UInt8) -> UInt8 {
    if register == 0x0a, updatesLeft > 0 {
      updatesLeft -= 1
      return 0x80
    }
    return registers[register] ?? 0
  }
}

@Suite struct RealTimeClockTests {
  @Test func decimalCodedAndBinary() {
    // 2026-11-23 23:05:46 UTC
    let coded = FakeClock([0: 0x46, 2: 0x05, 4: 0x23, 7: 0x23, 8: 0x11, 9: 0x26, 0x0b: 2])
    coded.updatesLeft = 3
    #expect(RealTimeClock.read(coded) == 1_795_475_146)
    #expect(RealTimeClock.read(FakeClock([0: 46, 2: 5, 4: 23, 7: 23, 8: 11, 9: 26, 0x0b: 6])) == 1_795_475_146)
    #expect(
      RealTimeClock.read(FakeClock([0: 0x46, 2: 0x05, 4: 0x91, 7: 0x23, 8: 0x11, 9: 0x26, 0x0b: 0])) == 1_795_475_146)
    #expect(RealTimeClock.read(FakeClock([0: 0, 2: 0, 4: 0, 7: 1, 8: 1, 9: 70, 0x0b: 6])) == 0)
    #expect(RealTimeClock.read(FakeClock([0: 0, 2: 0, 4: 0, 7: 29, 8: 2, 9: 0, 0x0b: 6])) == 951_782_400)
  }

  @Test func absentOrStuck() {
    let absent = FakeClock([:])
    for register in UInt8(0)..<128 where register != 0x0a { absent.registers[register] = 0xff }
    #expect(RealTimeClock.read(absent) == nil)
    let stuck = FakeClock([0x0a: 0x80])
    #expect(RealTimeClock.read(stuck) == nil)
    #expect(RealTimeClock.read(FakeClock([7: 1, 8: 13, 9: 20, 0x0b: 6])) == nil)
  }
}

@Suite struct RandomTests {
  /// RFC 8439, appendix A.1, test vectors 1 and 2 (all-zero key and nonce).
  @Test func knownAnswers() {
    let generator = ChaCha20(key: InlineArray(repeating: 0))
    #expect(generator.block(0)[0] == 0xade0_b876)
    #expect(generator.block(0)[15] == 0x8665_eeb2)
    #expect(generator.block(1)[0] == 0xbee7_079f)
  }

  @Test func differsEachTime() {
    let source = RandomSource()
    var first = [UInt8](repeating: 0, count: 1000)
    var second = first
    do {
      var a = first.mutableSpan
      source.fill(&a)
    }
    do {
      var b = second.mutableSpan
      source.fill(&b)
    }
    #expect(first != second)
    // 8000 fair bits: 4000 ± 6 standard deviations.
    let ones = first.reduce(0) { $0 + $1.nonzeroBitCount }
    #expect(abs(ones - 4000) < 270)
    source.mix([1, 2, 3].span)
    #expect(source.next() != source.next())
  }
}
