import Locking
import Machine

/// Random bytes for `/dev/urandom`, `getrandom(2)`, `AT_RANDOM` and the kernel's own needs.
///
/// A ChaCha20 generator with fast key erasure: each request takes a key of its own from the shared one, which is
/// replaced in the same step, so that nobody who reads the state later can tell what was given before. The lock is
/// held for one block; the bytes are made outside it.
public final class RandomSource: Sendable {
  private let state: IrqLock<ChaCha20>

  /// Seeds from what the CPU offers: its random number instruction where it has one, and the jitter of the
  /// time-stamp counter always. `mix` adds what else there is.
  public init() {
    var key = InlineArray<8, UInt32>(repeating: 0)
    for index in 0..<8 {
      let ticks = Machine.ticks()
      let word = (Machine.hardwareRandom() ?? 0) ^ ticks ^ (ticks &<< 29 &+ UInt64(index) &* 0x9e37_79b9_7f4a_7c15)
      key[index] = UInt32(truncatingIfNeeded: word ^ word &>> 32)
    }
    state = IrqLock(.entropy, ChaCha20(key: key))
  }

  /// Mixes bytes into the state; they can only make it less predictable.
  public func mix(_ bytes: Span<UInt8>) {
    state.withLock { generator in
      for index in bytes.indices {
        generator.key[index / 4 % 8] ^= UInt32(bytes[index]) &<< UInt32(index % 4 * 8)
        if index % 32 == 31 || index == bytes.count &- 1 { _ = Self.takeKey(&generator) }
      }
    }
  }

  /// Fills `bytes`. Takes time in proportion; callers cut long requests into pieces and offer preemption between.
  public func fill(_ bytes: inout MutableSpan<UInt8>) {
    let generator = ChaCha20(key: state.withLock { Self.takeKey(&$0) })
    var counter: UInt32 = 0
    var index = 0
    while index < bytes.count {
      let block = generator.block(counter)
      counter &+= 1
      for word in 0..<16 {
        for byte in 0..<4 where index < bytes.count {
          bytes[index] = UInt8(truncatingIfNeeded: block[word] &>> UInt32(byte &* 8))
          index &+= 1
        }
      }
    }
  }

  /// A random 64-bit number.
  public func next() -> UInt64 {
    let key = state.withLock { Self.takeKey(&$0) }
    return UInt64(key[0]) | UInt64(key[1]) << 32
  }

  /// One half of a block becomes the new key, the other is given out.
  private static func takeKey(_ generator: inout ChaCha20) -> InlineArray<8, UInt32> {
    let block = generator.block(0)
    var taken = InlineArray<8, UInt32>(repeating: 0)
    for index in 0..<8 {
      generator.key[index] = block[index]
      taken[index] = block[8 + index]
    }
    return taken
  }
}
