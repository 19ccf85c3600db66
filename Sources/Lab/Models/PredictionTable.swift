import Foundation

/// What the models say of a trace's operations, as text.
public struct PredictionTable {
  static let counts = [1, 2, 4, 8, 16, 20, 32, 48, 64]

  public let text: String

  /// nil where `found`, taken from `trace`, has no path that takes time.
  public init?(_ found: TracePaths, _ trace: TraceFile, handOff: HandOff, transfer: Double, seed: UInt64) {
    let model = found.mean
    guard let forecast = LabResult.Forecast(
      workload: "", regime: .fine, paths: found, trace: trace, handOff: handOff, lineTransfer: transfer, seed: seed,
      counts: Self.counts)
    else { return nil }
    var lines = [
      "operations \(forecast.operations)", String(format: "instructions-per-operation %.0f", forecast.instructionsPerOperation),
    ]
    if let knee = forecast.knee { lines.append(String(format: "knee %.1f", knee)) }
    // With addresses: a class may have many locks here, and an address had several, one after the other.
    for (index, demand) in model.demands.enumerated().sorted(by: { $0.element > $1.element }).prefix(5) {
      let lock = found.locks[index]
      lines.append(
        String(
          format: "lock %@ 0x%llx %.2f %% of an operation", trace.name(ofLockClass: lock.lockClass), TraceFile.place(lock.address),
          100 * demand / model.alone))
    }
    lines.append("")
    lines.append("CPUs   simulated speed-up   waiting   longest queue   mean value analysis")
    for point in forecast.points {
      guard let simulated = point.simulation else { continue }
      lines.append(
        String(
          format: "%4d   %18.2f   %5.1f %%   %13.2f   %19.2f", point.cpus, simulated.speedUp, 100 * simulated.waiting,
          simulated.queue, point.analysis.speedUp))
    }
    text = lines.joined(separator: "\n") + "\n"
  }
}
