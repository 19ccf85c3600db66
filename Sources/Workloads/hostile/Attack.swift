// The arguments: numbers at the edges of every type, and pointers to every kind of wrong place.
import CLinux
import Harness

/// Makes the calls. Returns, or the process ends.
func attack(_ number: Int, seed: Int, calls: Int) {
  var random = Random(seed &* 4099 &+ number)
  let places = Places(&random)
  for _ in 0..<calls { makeCall(number, &random, places) }
}

/// Makes `calls` calls of any numbers one after the other, so that each meets what those before it left behind.
func attackMixed(seed: Int, calls: Int) {
  var random = Random(seed)
  let places = Places(&random)
  for _ in 0..<calls { makeCall(anyNumber(&random), &random, places) }
}

private func makeCall(_ number: Int, _ random: inout Random, _ places: Places) {
  var a: [Int] = []
  for _ in 0..<6 { a.append(argument(&random, places)) }
  // Half of the calls start plausibly, so that the kernel looks at the rest of them.
  switch random.below(8) {
  case 0...2: a[0] = random.below(14)
  case 3: a[0] = places.text
  default: break
  }
  if random.below(3) == 0 { a[1] = random.below(2) == 0 ? places.buffer : places.endOfBuffer - 1 - random.below(64) }
  if random.below(3) == 0 { a[2] = random.below(64) }
  let r = raw_call(number, a[0], a[1], a[2], a[3], a[4], a[5])
  if r == 0 && (number >= 56 && number <= 58 || number == 435) { raw_call_exit() }  // we are the new child
}

/// A number that has a call or might have one, now and then one that no table holds.
private func anyNumber(_ random: inout Random) -> Int {
  while true {
    let number: Int
    switch random.below(32) {
    case 0: number = edges[random.below(edges.count)]
    case 1: number = Int(truncatingIfNeeded: random.next())
    default: number = random.below(470)
    }
    if skipped(number, privileged: false) { continue }
    // exit, exit_group: they would end most attacks early.
    if (number == 60 || number == 231) && random.below(16) != 0 { continue }
    return number
  }
}

private func raw_call_exit() -> Never {
  _ = raw_call(Int(SYS_exit_group), 0, 0, 0, 0, 0, 0)
  while true {}
}

/// Memory in every state that a pointer can lead to.
struct Places {
  /// Ordinary memory full of odd words; page 1 of it is followed by nothing.
  let buffer: Int
  let endOfBuffer: Int
  let readOnly: Int
  let forbidden: Int
  let text: Int
  let longText: Int
  let untouched: Int

  init(_ random: inout Random) {
    let p = pages(4)
    let words = p.assumingMemoryBound(to: Int.self)
    for i in 0..<2 * pageSize / 8 { words[i] = edges[random.below(edges.count)] }
    for i in 0..<8 { words[i * 2] = Int(bitPattern: p) + 64 * i }  // like iovecs and vectors of pointers
    munmap(p + 2 * pageSize, 2 * pageSize)
    buffer = Int(bitPattern: p)
    endOfBuffer = buffer + 2 * pageSize
    let q = pages(3)
    memset(q, 0x2e, 100)
    mprotect(q, pageSize, PROT_READ)
    mprotect(q + pageSize, pageSize, PROT_NONE)
    readOnly = Int(bitPattern: q)
    forbidden = readOnly + pageSize
    untouched = Int(bitPattern: pages(16))
    let name = pages(1).assumingMemoryBound(to: UInt8.self)
    for (i, b) in "file\u{0}../../x\u{0}/w/none/\u{0}.\u{0}".utf8.enumerated() { name[i] = b }
    text = Int(bitPattern: name)
    let long = pages(3)
    memset(long, 0x61, 2 * pageSize)
    for i in stride(from: 200, to: 2 * pageSize, by: 200) { memset(long + i, 0x2f, 1) }
    longText = Int(bitPattern: long)
  }
}

private let edges: [Int] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 16, 64, 100, 127, 128, 255, 256, 511, 512, 1023, 1024, 4095, 4096, 4097, 65_535,
  65_536,
  -1, -2, -4, -8, -14, -100, -4095, -4096, -4097, 0x7fff_fffe, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000,
  0x7fff_f000, 0x7fff_ffff_f000, 0x7fff_ffff_ffff, 0x8000_0000_0000, -0x8000_0000_0000, -0x8000_0000, -0x7fff_ffff,
  0x7eff_ffff_f000, 0x7f00_0000_0000, 0x7f00_0020_0000, 0x7f80_0000_0000, 0x7f80_0010_0000, -0x7fff_ffe0_0000,
  0x1234_5678_9abc_def0, Int.max, Int.min, Int.max - 4095, Int.min + 4096, 1 << 40, 1 << 52,
]

private func argument(_ random: inout Random, _ places: Places) -> Int {
  switch random.below(16) {
  case 0...4: return edges[random.below(edges.count)]
  case 5: return random.below(12)  // descriptors, small commands
  case 6: return 1 << random.below(64)  // a flag
  case 7: return Int(truncatingIfNeeded: random.next())
  case 8: return places.buffer + random.below(200)
  case 9: return places.endOfBuffer - (random.below(2) == 0 ? random.below(32) : 8 * random.below(33))
  case 10: return places.readOnly + random.below(64)
  case 11: return places.forbidden - random.below(16)
  case 12: return places.text + [0, 5, 13, 21, 22][random.below(5)]
  case 13: return places.longText
  case 14: return places.untouched + random.below(8 * pageSize)
  default: return random.below(4096)
  }
}
