/// What the kernel tells the tool, a line each, on the channel `apus.control`.
enum ControlLine: Equatable {
  /// The first user instruction, after so many nanoseconds and ticks of the time-stamp counter.
  case boot(nanoseconds: UInt64, ticks: UInt64)
  /// The command's end, as a shell counts it.
  case exit(Int32)
  /// A system call that the kernel does not have, and how often it was asked for.
  case unknown(number: Int, count: Int)

  /// nil for a line that says nothing known.
  init?(_ line: some StringProtocol) {
    let words = line.split(whereSeparator: { $0 == " " || $0 == "\r" })
    let numbers = words.dropFirst().map { UInt64($0) ?? 0 }
    switch (words.first, numbers.count) {
    case ("boot", 1...): self = .boot(nanoseconds: numbers[0], ticks: numbers.count > 1 ? numbers[1] : 0)
    case ("exit", 1): self = .exit(Int32(truncatingIfNeeded: numbers[0] & 0xff))
    case ("unknown", 2): self = .unknown(number: Int(clamping: numbers[0]), count: Int(clamping: numbers[1]))
    default: return nil
    }
  }
}

/// Cuts a stream of bytes into lines.
struct LineSplitter {
  private var rest: [UInt8] = []

  /// The lines that are complete now.
  mutating func lines(_ bytes: some Sequence<UInt8>) -> [String] {
    rest += bytes
    var lines: [String] = []
    while let end = rest.firstIndex(of: 10) {
      lines.append(String(decoding: rest[..<end], as: UTF8.self))
      rest.removeSubrange(...end)
    }
    return lines
  }
}
