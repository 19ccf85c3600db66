import ArgumentParser

/// `apus lab`: experiments with locks.
struct Lab: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Experiments: see what the locks do, and what they cost.",
    subcommands: [LabTrace.self, LabFootprint.self, LabSymbols.self])
}
