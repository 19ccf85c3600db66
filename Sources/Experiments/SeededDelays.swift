import Machine
import Synchronization

/// Decides at each step of one CPU whether it pauses there: one time in eight, as the seed has it. (The generator is
/// SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.) Only its CPU uses it.
final class SeededDelays: @unchecked Sendable {
  private let state: Atomic<UInt64>

  init(seed: UInt64, cpu: Int) {
    // A stream of its own for each CPU.
    state = Atomic(SeededDelays.mix(seed &+ SeededDelays.mix(UInt64(cpu) &+ 1)))
  }

  func maybe() { if next() & 7 == 0 { Machine.pause() } }

  func next() -> UInt64 {
    let value = state.load(ordering: .relaxed) &+ 0x9e37_79b9_7f4a_7c15
    state.store(value, ordering: .relaxed)
    return SeededDelays.mix(value)
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z &>> 31)
  }
}
