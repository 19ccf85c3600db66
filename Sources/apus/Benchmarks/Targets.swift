/// What the hot paths may cost at most, in instructions.
enum Targets {
  static let all: [String: UInt64] = [
    "boot": 30_000_000,
    "null": 120,
    "fault": 2_500,
    "pipe": 4_000,
    "futex": 3_000,
    "fork": 80_000,
  ]
}
