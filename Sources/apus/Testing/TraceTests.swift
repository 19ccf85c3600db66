import Glibc
import Lab

/// What can be seen of locks: traces, footprints, `apus top`.
enum TraceTests {
  static let group = TestGroup("trace", [
    ("a run's trace is a Chrome trace", chromeTrace),
    ("split: scheduler, file call and page fault at once; one CPU in each region", split),
    ("big: one CPU in the operating system", big),
    ("a panic leaves its trace", panic),
    ("footprint of a pipe", footprint),
    ("lock_stat names who waited", callSites),
    ("writing 0 makes lock_stat forget", forgetting),
    ("top in plain lines", topPlain),
    ("top on a terminal", topTerminal),
  ])

  private static func temporary(_ name: String) -> String { "/tmp/apus-test-\(getpid())-\(Host.now())-\(name)" }

  private static func run(_ words: [String], timeout: Double = 60) throws -> Subprocess.Result {
    let result = try Tool.run(words, timeout: timeout + 20)
    guard result.end == .exited(0) else { throw Mismatch("status \(result.end.status): \(result.everything)") }
    return result
  }

  private static let machine = ["--accel", "tcg", "--checked", "--timeout", "60"]

  /// Work for all three regions at the same time.
  private static let load =
    "mkdir -p /tmp/d; for i in 1 2 3 4 5 6; do (for j in 1 2 3 4 5 6 7 8 9 10 11 12; do ls -lR /bin /etc /tmp >/tmp/d/$i; cat /tmp/d/$i | wc -l; done >/dev/null) & done; wait"

  /// The records of a run of `load`.
  private static func records(_ locks: String) throws -> TraceFile {
    let (json, raw) = (temporary("json"), temporary("raw"))
    defer {
      unlink(json)
      unlink(raw)
    }
    _ = try run(
      ["lab", "trace"] + machine + ["--cpus", "4", "--locks", locks, "--ring", "8M", "-o", json, "--raw", raw, "--", "sh", "-c", load])
    guard let trace = TraceFile(try Files.read(raw)) else { throw Mismatch("the records cannot be read") }
    return trace
  }

  private static func chromeTrace() throws {
    let json = temporary("json")
    defer { unlink(json) }
    _ = try run(
      ["lab", "trace"] + machine + ["--cpus", "2", "--ring", "2M", "-o", json, "--", "sh", "-c", "echo hi | cat >/dev/null; sleep 0.1"])
    guard let events = JSONValue(try Files.text(json))?["traceEvents"]?.list else { throw Mismatch("no JSON, or no events") }
    var open: [String: Int] = [:]
    var last = 0.0
    var flows: Set<Double> = []
    for event in events where event["ph"]?.text != "M" {
      guard let phase = event["ph"]?.text, let time = event["ts"]?.number, let process = event["pid"]?.number,
        let track = event["tid"]?.number
      else { throw Mismatch("an event without its fields: \(event)") }
      if time < last { throw Mismatch("time goes back from \(last) to \(time)") }
      last = time
      let name = "\(process) \(track)"
      switch phase {
      case "B": open[name, default: 0] += 1
      case "E":
        open[name, default: 0] -= 1
        if open[name]! < 0 { throw Mismatch("an end without a beginning on track \(name)") }
      case "s": flows.insert(event["id"]?.number ?? -1)
      case "f": try expect("a flow's end has a beginning", flows.contains(event["id"]?.number ?? -1), is: true)
      default: break
      }
    }
    for (track, count) in open { try expect("slices left open on track \(track)", count, is: 0) }
    let names = Set(events.compactMap { $0["name"]?.text })
    for wanted in ["write", "read", "execve", "idle", "frames allocated"] {
      try expect("an event named \(wanted)", names.contains(wanted), is: true)
    }
    for start in ["page fault 0x", "interrupt ", "cat (", "sh ("] {
      try expect("an event named \(start)…", names.contains { $0.hasPrefix(start) }, is: true)
    }
    let tracks = Set(events.filter { $0["name"]?.text == "thread_name" }.compactMap { $0["args"]?["name"]?.text })
    try expect("tracks of CPUs", tracks.isSuperset(of: ["CPU 0", "CPU 1"]), is: true)
    try expect("a track of a pipe's lock", tracks.contains { $0.hasPrefix("pipe 0x") }, is: true)
  }

  private static func split() throws {
    let presence = Presence(try records("split"))
    for region in UInt8(1)...3 { try expect("most CPUs in region \(region)", presence.mostInRegion[region] ?? 0, is: 1) }
    try expect("all three at once", presence.simultaneous > 0, is: true)
  }

  private static func big() throws {
    let presence = Presence(try records("big"))
    try expect("most CPUs in the operating system", presence.mostInRegion[4] ?? 0, is: 1)
    for part in Presence.Part.allCases { try expect("\(part) was seen", presence.visits[part, default: 0] > 0, is: true) }
    try expect("all three at once", presence.simultaneous, is: 0)
  }

  private static func panic() throws {
    let json = temporary("json")
    defer { unlink(json) }
    let result = try Tool.run(["lab", "trace"] + machine + ["--append", "panic-test", "-o", json, "--", "true"], timeout: 60)
    try expect("status", result.end, is: .exited(70))
    try expect("the trace is JSON", JSONValue(try Files.text(json)) != nil, is: true)
  }

  private static func footprint() throws {
    let line = ["lab", "footprint", "--accel", "tcg", "--timeout", "60"]
    let result = try run(line + ["--", "sh", "-c", "echo hello | cat"])
    try expect("the command's own output", result.text, contains: "hello\n")
    try expect("a call", result.text, contains: "\nwrite ")
    try expect("the pipe's lock", result.text, contains: "\n  pipe ")
    let each = try run(line + ["--each", "--", "sh", "-c", "echo hello | cat"])
    try expect("calls that need no lock", each.text, contains: "getpid")
    let again = try run(line + ["--each", "--", "sh", "-c", "echo hello | cat"])
    try expect("as many calls again", again.text.split(separator: "\n").count, is: each.text.split(separator: "\n").count)
  }

  private static func callSites() throws {
    let command = "\(load); cat /proc/lock_stat"
    let result = try Tool.guest(["sh", "-c", command], options: ["--locks", "big", "--cpus", "4"], timeout: 60)
    let named = SiteNames(result.text, Symbolizer(kernel: try KernelImage.path(checked: true))).text
    let lines = named.split(separator: "\n").filter { $0[...].range(of: "big_kernel_lock") != nil }
    try expect("who waits", lines.contains { $0.range(of: "[<") != nil && $0.range(of: "Traps.swift") != nil }, is: true)
    try expect("the queue", lines.contains { $0.range(of: "longest queue: ") != nil }, is: true)
  }

  private static func forgetting() throws {
    // Starting the machine took the lock of free frames many times; a cat takes it a few times.
    let command = "cat /proc/lock_stat; echo 1 >/proc/lock_stat; echo ---; cat /proc/lock_stat; echo 0 >/proc/lock_stat; echo ---; cat /proc/lock_stat"
    let result = try Tool.guest(["sh", "-c", command], options: ["--cpus", "4"])
    let counts = result.text.split(separator: "---\n").compactMap { text in
      GuestStatistics(stat: "cpu 0 0 0 0 0 0 0\n", lockStat: String(text)) { _ in .none }?.locks.first { $0.name == "frames" }?.acquisitions
    }
    try expect("tables", counts.count, is: 3)
    try expect("another text changes nothing: \(counts)", counts[1] >= counts[0], is: true)
    try expect("forgotten: \(counts)", counts[2] * 2 < counts[1], is: true)
  }

  private static func topPlain() throws {
    let result = try run(["top"] + machine + ["--cpus", "2", "--locks", "big", "--", "sh", "-c", "sleep 1; \(load)"])
    try expect("a lane", result.text, contains: "top: CPU 1: user ")
    try expect("an idle CPU", result.text, contains: "now idle")
    try expect("a lock", result.text, contains: "top: lock big_kernel_lock")
  }

  private static func topTerminal() throws {
    let terminal = try PseudoTerminal(["top"] + machine + ["--cpus", "2", "--", "sh", "-c", "sleep 2; echo the end"])
    try terminal.expect("apus top: 2 CPUs, fine locks")
    try terminal.expect("CPU 0")
    try terminal.expect("CPU 1")
    try terminal.expect("longest wait")
    try terminal.expect("apus top: 2 CPUs")
    try terminal.expect("the end")
    try apus.expect("status", try terminal.finish(), is: 0)
    try apus.expect("cooked", terminal.isCooked, is: true)
  }
}
