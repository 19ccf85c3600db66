import ArgumentParser

/// `apus lab`: experiments about locks.
struct Lab: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Experiments about locks.",
    discussion: """
      Examples:
        ./apus lab race --seed 7             what goes wrong without locks
        ./apus lab order                     which lock was taken under which
      """,
    subcommands: [LabRace.self, LabOrder.self])
}
