import ArgumentParser
import Glibc

/// `apus bench`: what the hot paths cost, in instructions, beside Linux.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the hot paths in instructions, beside Linux.",
    discussion: """
      One CPU under QEMU's -icount, where the time-stamp counter counts instructions exactly, so the figures do not
      depend on the host's speed or load. Debian's Linux (linux-image-cloud-amd64, fetched once) runs the same static
      program in the same machine; its figures are kept in the cache.

      Examples:
        ./apus bench                     everything
        ./apus bench pipe futex          some of it
        ./apus bench --locks big         under the big kernel lock
        ./apus bench --json              for programs
        ./apus bench --checked --no-linux   what the checked kernel's checks cost
        ./apus bench --strict            status 1 when a target is missed
        ./apus bench --profile pipe      where the kernel's instructions of one of them go
      """)

  @Flag(name: .long, help: "Print JSON instead of a table.")
  var json = false

  @Flag(name: .long, help: "End with status 1 when a target is missed.")
  var strict = false

  @Flag(name: .long, help: "Measure the checked kernel, which the tests boot: what its checks cost.")
  var checked = false

  @Option(name: .long, help: ArgumentHelp("Tell by function where this one's instructions go.", valueName: "name"))
  var profile: String?

  @Flag(name: .customLong("no-linux"), help: "Measure Apus only.")
  var withoutLinux = false

  @Option(name: .long, help: ArgumentHelp("Which locks are real: fine, split or big.", valueName: "regime"))
  var locks = LockRegime.fine

  @Option(name: .long, help: ArgumentHelp("microvm or q35.", valueName: "machine"))
  var machine = MachineKind.microvm

  @Option(name: .long, help: ArgumentHelp("End the measurement after so long.", valueName: "seconds"))
  var timeout = 120.0

  @Argument(help: "Only these (bench/Main.swift names them).")
  var names: [String] = []

  func run() throws {
    let settings = MachineSettings(
      cpus: 1, locks: locks, kind: machine, accelerator: .tcg, kernel: try KernelImage.path(checked: checked),
      countsInstructions: true)
    let runs = BenchmarkRuns(program: try Workloads.path("bench"), names: names, isChecked: checked)
    if let profile {
      let text = try Profile(runs: runs, settings: settings, timeout: timeout).text(of: profile)
      Files.writeAll(1, Array(text.utf8))
      return
    }
    let linux = withoutLinux ? nil : try runs.onLinux(settings: settings)
    let table = BenchmarkTable(apus: try runs.onApus(settings: settings, timeout: timeout), linux: linux)
    Files.writeAll(1, Array((json ? table.json : table.text).utf8))
    if strict && !table.missed.isEmpty { throw ExitCode(1) }
  }
}
