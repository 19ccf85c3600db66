import ArgumentParser

/// `--memory`: a number with K, M, G or T behind it; MiB without.
struct MemorySize: ExpressibleByArgument, Equatable, CustomStringConvertible {
  /// Whole MiB.
  let mebibytes: Int

  init(mebibytes: Int) { self.mebibytes = mebibytes }

  init?(argument: String) {
    var digits = Substring(argument)
    var factor = 1 << 20
    if let unit = argument.last, !unit.isNumber {
      guard let shift = ["k": 10, "m": 20, "g": 30, "t": 40][unit.lowercased()] else { return nil }
      factor = 1 << shift
      digits = digits.dropLast()
    }
    guard let number = Int(digits), number >= 0, number < 1 << 40 else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
    guard !overflow, bytes % (1 << 20) == 0 else { return nil }
    mebibytes = bytes >> 20
  }

  var description: String { mebibytes % 1024 == 0 && mebibytes > 0 ? "\(mebibytes >> 10)G" : "\(mebibytes)M" }
}

extension LockRegime: ExpressibleByArgument {}
extension MachineKind: ExpressibleByArgument {}
extension Accelerator: ExpressibleByArgument {}

extension LockRegime {
  /// The regime of a name. `none` is refused with the way to what it is for.
  static func parse(_ name: String) throws -> LockRegime {
    if name == "none" { throw ValidationError("without locks only an experiment starts: ./apus lab race") }
    guard let regime = LockRegime(rawValue: name) else { throw ValidationError("it must be fine, split or big") }
    return regime
  }
}
