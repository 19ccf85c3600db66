import Glibc
import Lab

/// Machines that run the program `lab` for a plan: each a child of its own, so that one that hangs or panics can be told
/// of by name.
struct LabGuest {
  let plan: LabPlan
  /// The user program (Sources/Workloads/lab).
  let program: String
  /// Resolved: not `auto`.
  let accelerator: Accelerator

  init(_ plan: LabPlan) throws {
    self.plan = plan
    program = try Workloads.path("lab")
    accelerator = try plan.accelerator.resolved(kernel: try KernelImage.path(checked: false))
  }

  /// What the program reported, and the statistics before and after.
  struct Report {
    var operations: Int
    var seconds: Double
    /// The guest's files by name, before and after.
    var before: [String: String] = [:]
    var after: [String: String] = [:]
  }

  /// An undisturbed run with a worker for each of `cpus`. `machine`: CPUs of the machine, if it has more; the others
  /// are offline then.
  func measure(_ workload: String, _ regime: LabResult.Regime, cpus: Int, machine: Int? = nil) throws -> Report {
    let text = try run(
      ["run", "--cpus", "\(machine ?? cpus)", "--accel", accelerator.rawValue], workload, regime,
      ["--workers", "\(cpus)", "--milliseconds", "\(plan.milliseconds)", "--statistics"]
        + (machine == nil ? [] : ["--processors", "\(cpus)"]))
    return try report(text)
  }

  /// The trace of a run on several CPUs.
  func watch(_ workload: String, _ regime: LabResult.Regime, cpus: Int) throws -> TraceFile {
    try trace(
      ["--cpus", "\(cpus)", "--accel", accelerator.rawValue, "--ring", "8M"], workload, regime,
      ["--workers", "\(cpus)", "--operations", "\(plan.tracedOperations)"])
  }

  /// The trace of all workers on one CPU, where a tick is an instruction.
  func path(_ workload: String, _ regime: LabResult.Regime) throws -> TraceFile {
    try trace(
      ["--cpus", "1", "--icount", "--ring", "64M"], workload, regime,
      ["--workers", "\(plan.pathWorkers)", "--operations", "\(plan.tracedOperations)"])
  }

  private func trace(
    _ options: [String], _ workload: String, _ regime: LabResult.Regime, _ arguments: [String]
  ) throws -> TraceFile {
    let name = "\(try Places.cache())/lab-\(getpid()).trace"
    defer { unlink(name) }
    _ = try run(["lab", "trace", "--raw", name] + options, workload, regime, arguments)
    guard let trace = TraceFile(try Files.read(name)) else { throw Failure("the trace of \(workload) is broken") }
    return trace
  }

  private func run(
    _ verb: [String], _ workload: String, _ regime: LabResult.Regime, _ arguments: [String]
  ) throws -> String {
    let words = verb + [
      "--locks", regime.rawValue, "--machine", plan.machine.rawValue, "--timeout", "120", "--", program, workload,
      "--seed", "\(plan.seed)",
    ] + arguments
    let result = try Subprocess.run([Files.realPath("/proc/self/exe")] + words, timeout: 150)
    guard result.end == .exited(0) else {
      throw Failure(
        "\(workload) under \(regime.rawValue) (apus \(words.joined(separator: " "))) ended with status "
          + "\(result.end.status):\n\(result.everything)", status: result.end.status)
    }
    return result.text
  }

  /// Lines `NAME VALUE`; and after a line `begin WHEN FILE` the file's text, to a line `end`.
  private func report(_ text: String) throws -> Report {
    var values: [Substring: Double] = [:]
    var files: [String: String] = [:]
    var file: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let name = file {
        if line == "end" { file = nil } else { files[name, default: ""] += line + "\n" }
        continue
      }
      let words = line.split(separator: " ", maxSplits: 1)
      guard words.count == 2 else { continue }
      if words[0] == "begin" { file = String(words[1]) } else { values[words[0]] = Double(words[1]) }
    }
    guard let operations = values["operations"], let seconds = values["seconds"], seconds > 0 else {
      throw Failure("the program lab has not told its operations and seconds:\n\(text.prefix(500))")
    }
    var report = Report(operations: Int(operations), seconds: seconds)
    for (name, text) in files {
      let words = name.split(separator: " ", maxSplits: 1).map(String.init)
      guard words.count == 2 else { continue }
      if words[0] == "before" { report.before[words[1]] = text } else { report.after[words[1]] = text }
    }
    return report
  }
}
