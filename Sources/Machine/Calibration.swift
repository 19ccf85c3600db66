#if hasFeature(Embedded)
import CX86

/// Measures the clocks. Short: 300 µs where one of them is known, 2 ms against the PIT where none is.
public enum Calibration {
  /// Measures and sets this CPU's clock; time 0 is `base`. The local APIC is on.
  public static func run(base: UInt64) {
    // QEMU's local timer counts nanoseconds of its virtual clock at divider 1: a clock with a known rate.
    if isTCG { return measureAgainstLocalTimer(base) }
    measureAgainstPIT(base)
  }

  /// CPUID 0x40000000: the hypervisor's signature ("TCGTCGTCGTCG" is QEMU's emulator).
  private static var isTCG: Bool {
    guard apus_cpuid(1, 0).ecx & (1 << 31) != 0 else { return false }
    let leaf = apus_cpuid(0x4000_0000, 0)
    return leaf.ebx == 0x5447_4354 && leaf.ecx == 0x4354_4743 && leaf.edx == 0x4743_5447
  }

  private static func measureAgainstLocalTimer(_ base: UInt64) {
    let length: UInt32 = 300_000
    LocalAPIC.startTimer(.max)
    _ = sample()  // an emulator translates the code now, not within the measurement
    let start = sample()
    while start.count &- LocalAPIC.timerCount < length { apus_pause() }
    let end = sample()
    LocalAPIC.startTimer(0)
    let passed = UInt64(start.count &- end.count)
    CPUBlocks.setClock(
      base: base, nanosecondsPerTick: (passed << 32) / max(end.tick &- start.tick, 1), countsPerNanosecond: 1 << 32)
  }

  /// Both clocks at one moment: of several readings the one that took least time.
  @inline(never) private static func sample() -> (tick: UInt64, count: UInt32) {
    var best: (tick: UInt64, count: UInt32) = (0, 0)
    var least = UInt64.max
    for _ in 0..<6 {
      let before = apus_tsc()
      let count = LocalAPIC.timerCount
      let took = apus_tsc() &- before
      if took < least {
        least = took
        best = (before &+ took / 2, count)
      }
    }
    return best
  }

  /// Channel 2 of the 8254 timer counts down at 1,193,182 Hz; its gate and output are bits 0 and 5 of port 0x61.
  private static func measureAgainstPIT(_ base: UInt64) {
    let counts: UInt16 = 2386  // 2 ms
    apus_out8(0x61, (apus_in8(0x61) & ~2) | 1)
    apus_out8(0x43, 0b1011_0000)  // channel 2, both bytes, mode 0: output high at the end
    LocalAPIC.startTimer(.max)
    apus_out8(0x42, UInt8(counts & 0xff))
    apus_out8(0x42, UInt8(counts >> 8))
    let startCount = LocalAPIC.timerCount
    let start = apus_tsc()
    var patience: UInt64 = 1 << 34
    while apus_in8(0x61) & 0x20 == 0, patience > 0 {
      patience &-= 1
      if apus_tsc() &- start > 1 << 30 { break }
    }
    let ticks = max(apus_tsc() &- start, 1)
    let timer = max(startCount &- LocalAPIC.timerCount, 1)
    LocalAPIC.startTimer(0)
    let passed: UInt64 = 1_999_682  // 2386 / 1,193,182 s
    CPUBlocks.setClock(
      base: base, nanosecondsPerTick: (passed << 32) / ticks, countsPerNanosecond: (UInt64(timer) << 32) / passed)
  }
}
#endif
