import ArgumentParser
import Foundation
import Lab

/// `apus lab counting`: what the statistics about locks cost each system call.
struct LabCounting: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "counting",
    abstract: "Tell what the counting of locks takes of each system call's instructions.",
    discussion: """
      Without a command, our own checks of the system calls run (Sources/Workloads/conformance), some at a time, on one CPU
      where every instruction is counted. A call's instructions are without what tracing takes; docs/tracing.md says what
      an acquisition costs for being counted. Ends with status 1 when a call's share is above --limit.

      Examples:
        ./apus lab counting
        ./apus lab counting --locks split -- ls -lR /proc
      """)

  @Option(
    name: .long, help: ArgumentHelp("Which locks are real: fine, split or big.", valueName: "regime"),
    transform: LockRegime.parse)
  var locks = LockRegime.fine

  @Option(name: .long, help: ArgumentHelp("The largest share that is well, in percent.", valueName: "percent"))
  var limit = 5.0

  @Argument(parsing: .postTerminator, help: "What to run, after --, with its arguments.")
  var command: [String] = []

  /// Checks in one machine: few enough that the records of most of them fit.
  private static let checksAtOnce = 12

  func run() throws {
    var share = CountingShare()
    for command in try commands() { try add(command, to: &share) }
    let rows = share.rows
    var text = "system call".leftAligned(24, gap: 1)
      + ["calls", "instructions/call", "short locks/call", "counting"].map { $0.rightAligned(17, gap: 1) }.joined() + "\n"
    for row in rows {
      text += SystemCallNames.name(of: row.number).leftAligned(24, gap: 1) + "\(row.calls)".rightAligned(17, gap: 1)
      text += String(format: "%18.0f %17.2f %15.2f %%\n", row.instructionsPerCall, row.locksPerCall, 100 * row.share)
    }
    Files.writeAll(1, Array(text.utf8))
    let above = rows.filter { 100 * $0.share > limit }
    guard above.isEmpty else {
      Messages.note("\(above.count) of \(rows.count) system calls spend more than \(limit) % on counting")
      throw ExitCode(1)
    }
  }

  private func commands() throws -> [[String]] {
    guard command.isEmpty else { return [command] }
    let program = try Workloads.path("conformance")
    // It is a program for Linux too, which is where its list is read.
    let names = try Subprocess.run([program, "--list"]).text.split(separator: "\n").map(String.init)
    return stride(from: 0, to: names.count, by: Self.checksAtOnce).map {
      [program] + names[$0..<min($0 + Self.checksAtOnce, names.count)]
    }
  }

  private func add(_ command: [String], to share: inout CountingShare) throws {
    let file = "\(try Places.cache())/counting-\(getpid()).trace"
    defer { unlink(file) }
    // The ring is memory that the kernel does not get.
    let machine = ["--cpus", "1", "--icount", "--ring", "64M", "--locks", locks.rawValue, "--timeout", "240"]
    let result = try Subprocess.run(
      [Files.realPath("/proc/self/exe"), "lab", "trace", "--raw", file] + machine + ["--"] + command, timeout: 300)
    guard let trace = TraceFile((try? Files.read(file)) ?? []) else {
      throw Failure("there is no trace of \(command.joined(separator: " ")):\n\(result.everything)", status: max(1, result.end.status))
    }
    // What a check says of the kernel is not asked here; on one CPU that counts instructions some take too long.
    let lost = trace.lost.reduce(0, +)
    if lost > 0 { Messages.note("\(lost) older events of \(command.dropFirst().first ?? command[0]) … did not fit") }
    share.add(trace)
  }
}
