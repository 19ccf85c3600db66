import ArgumentParser
import Lab

/// `apus lab` without more: workloads under all regimes on more and more CPUs, and a report.
struct LabMeasure: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure",
    abstract: "Run workloads under each kind of locks on more and more CPUs, and write a report.",
    discussion: """
      Each workload (Sources/Workloads/lab) runs under each regime on each number of virtual CPUs; once more on one, where
      every instruction is counted, to predict what CPUs of their own would make of it; and once with a trace, to see who
      waits where. The report is one HTML file that needs nothing else. About four minutes; --quick, one.

      With more virtual CPUs than the host has cores, measured throughput says nothing about CPUs: they take turns. The
      report says so, and sets the predictions beside it. See docs/lab.md.

      Examples:
        ./apus lab                                      everything, to report.html
        ./apus lab --quick --output first.html          a first look
        ./apus lab --workload files --locks big,fine    a part of it
        ./apus lab --json >lab.json                     for programs
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("Where the report goes. Default: report.html, unless JSON is printed.", valueName: "file"))
  var output: String?

  @Flag(name: .long, help: "Print all figures as JSON on standard output.")
  var json = false

  @Option(name: .long, help: ArgumentHelp("Also write runs.csv, locks.csv and predictions.csv there.", valueName: "folder"))
  var csv: String?

  @Flag(name: .long, help: "Fewer operations: a first look.")
  var quick = false

  @OptionGroup var options: LabOptions

  @Option(name: .long, help: ArgumentHelp("Numbers of CPUs, with commas. Default: \(LabPlan.allCPUs.map(String.init).joined(separator: ",")).", valueName: "list"))
  var cpus: String?

  @Option(name: .long, help: ArgumentHelp("microvm or q35.", valueName: "machine"))
  var machine = MachineKind.microvm

  func validate() throws { _ = try plan() }

  private func plan() throws -> LabPlan {
    var plan = try options.plan()
    plan.isQuick = quick
    plan.machine = machine
    if let cpus {
      let numbers = cpus.split(separator: ",").map { Int($0) }
      guard !numbers.isEmpty, numbers.allSatisfy({ $0.map { (1...255).contains($0) } ?? false }) else {
        throw ValidationError("--cpus takes numbers from 1 to 255 with commas between them")
      }
      plan.cpus = Array(Set(numbers.compactMap { $0 })).sorted()
    } else if quick {
      plan.cpus = [1, 2, 4]
    }
    return plan
  }

  func run() throws {
    var runner = try LabRunner(try plan(), commandLine: CommandLine.arguments)
    let result = try runner.run()
    if let csv {
      try Files.makeDirectory(csv)
      let tables = [("runs", result.csv), ("locks", result.locksCSV), ("predictions", result.predictionsCSV)]
      for (name, text) in tables { try Files.write("\(csv)/\(name).csv", Array(text.utf8)) }
    }
    if let file = output ?? (json ? nil : "report.html") {
      try Files.write(file, Array(result.report.utf8))
      Messages.note("the report is in \(file)")
    }
    Files.writeAll(1, Array((json ? result.json : LabSummary(result).text).utf8))
  }
}
