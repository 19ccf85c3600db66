/// The ChaCha20 block function (RFC 8439, 2.3).
struct ChaCha20 {
  /// 32 bytes, as eight little-endian words.
  var key: InlineArray<8, UInt32>

  /// 64 bytes of key stream, as 16 words, for a block counter and an all-zero nonce. A key is used for one nonce.
  func block(_ counter: UInt32) -> InlineArray<16, UInt32> {
    var initial = InlineArray<16, UInt32>(repeating: 0)
    initial[0] = 0x6170_7865
    initial[1] = 0x3320_646e
    initial[2] = 0x7962_2d32
    initial[3] = 0x6b20_6574
    for index in 0..<8 { initial[4 + index] = key[index] }
    initial[12] = counter
    var state = initial
    for _ in 0..<10 {
      Self.quarterRound(&state, 0, 4, 8, 12)
      Self.quarterRound(&state, 1, 5, 9, 13)
      Self.quarterRound(&state, 2, 6, 10, 14)
      Self.quarterRound(&state, 3, 7, 11, 15)
      Self.quarterRound(&state, 0, 5, 10, 15)
      Self.quarterRound(&state, 1, 6, 11, 12)
      Self.quarterRound(&state, 2, 7, 8, 13)
      Self.quarterRound(&state, 3, 4, 9, 14)
    }
    for index in 0..<16 { state[index] &+= initial[index] }
    return state
  }

  @inline(__always)
  private static func quarterRound(_ s: inout InlineArray<16, UInt32>, _ a: Int, _ b: Int, _ c: Int, _ d: Int) {
    s[a] &+= s[b]
    s[d] = rotate(s[d] ^ s[a], 16)
    s[c] &+= s[d]
    s[b] = rotate(s[b] ^ s[c], 12)
    s[a] &+= s[b]
    s[d] = rotate(s[d] ^ s[a], 8)
    s[c] &+= s[d]
    s[b] = rotate(s[b] ^ s[c], 7)
  }

  @inline(__always)
  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word &<< count | word &>> (32 &- count) }
}
