import Foundation

/// What the models say of a trace's operations, as text.
public struct PredictionTable {
  static let counts = [1, 2, 4, 8, 16, 20, 32, 48, 64]

  public let text: String

  /// `paths` must not be empty.
  public init(_ found: TracePaths, handOff: HandOff, transfer: Double, seed: UInt64, name: (UInt16) -> String) {
    let model = found.mean
    let alone = model.alone
    var lines = [
      "operations \(found.paths.count)", String(format: "instructions-per-operation %.0f", alone),
    ]
    if let knee = model.knee { lines.append(String(format: "knee %.1f", knee)) }
    for (index, demand) in model.demands.enumerated().sorted(by: { $0.element > $1.element }).prefix(5) {
      let lock = found.locks[index]
      lines.append(
        String(
          format: "lock %@ 0x%llx %.2f %% of an operation", name(lock.lockClass), lock.address, 100 * demand / alone))
    }
    let simulation = LockSimulation(
      paths: found.paths, locks: found.locks.count, handOff: handOff, lineTransfer: transfer, seed: seed)
    let exact = model.predictions(upTo: Self.counts.last!)
    lines.append("")
    lines.append("CPUs   simulated speed-up   waiting   longest queue   mean value analysis")
    for cpus in Self.counts {
      let result = simulation.run(cpus: cpus, operations: max(40_000, 40 * found.paths.count))
      lines.append(
        String(
          format: "%4d   %18.2f   %5.1f %%   %13.2f   %19.2f", cpus, result.throughput * alone,
          100 * result.waitingShare,
          result.queueLengths.max() ?? 0, exact[cpus - 1].throughput * alone))
    }
    text = lines.joined(separator: "\n") + "\n"
  }
}
