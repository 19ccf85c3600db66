import ArgumentParser

/// `apus lab`: experiments with locks.
struct Lab: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Experiments: see what the locks do, and what they cost.",
    discussion: """
      Examples:
        ./apus lab                              workloads under each kind of locks, and a report
        ./apus lab race --seed 7                what goes wrong without locks
        ./apus lab trace -- sh -c 'ls | wc'     who ran where and who held what, for ui.perfetto.dev
        ./apus lab footprint -- ls              the locks of each system call
        ./apus lab predict --locks big -- ls    what more CPUs would make of its locks
        ./apus lab validate                     predictions beside a real run on two cores
        ./apus lab counting                     what counting locks takes of each system call
        ./apus lab order                        which lock was taken under which
      """,
    subcommands: [
      LabMeasure.self, LabValidate.self, LabRace.self, LabTrace.self, LabFootprint.self, LabCounting.self, LabPredict.self,
      LabOrder.self, LabSymbols.self,
    ],
    defaultSubcommand: LabMeasure.self)
}
