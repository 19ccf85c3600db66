// storm: parallel storms on every part of a kernel, which check what they did.
//
//   storm [all|processes|pipes|signals|threads|memory|files|affinity|pressure|offline …]
//     [--seed N] [--seconds S] [--workers W] [--rounds R] [--leak KIB] [--in DIRECTORY]
//
// Each kind runs W worker processes at once; a worker does rounds of random operations, decided by the seed, until the
// time is over, and the kind that is named last has done R rounds. At the end nothing may be left: no child, no file;
// with --leak, no thread, no lock that is held or waited for, and at most so many KiB of memory and of kernel objects more
// than after a first pass (`Remains`). `offline` takes no part in that first pass unless it is alone, so that `affinity` can
// be sure of its CPUs there. Files are made in a directory of /tmp, or of DIRECTORY. Prints `storm ok …`, or what differs;
// status 0 or 1.
import CLinux
import Harness

@main
struct Main {
  static func main() {
    let arguments = Arguments()
    if let code = arguments.plain.first, code.utf8.starts(with: "exit:".utf8) { _exit(Int32(code.utf8.count) - 5) }
    let options = Options(arguments)
    var chosen: [Storm] = []
    for word in arguments.plain {
      var found = storms.filter { same($0.name, word) || same(word, "all") }
      for storm in special where same(word, storm.name) { found = [storm] }
      if found.isEmpty { fail("storm: no storm \(word)", status: 2) }
      chosen += found
    }
    if chosen.isEmpty { chosen = storms }
    signal_children_default()
    let directory = "\(arguments.word("--in", default: "/tmp"))/storm.\(getpid())"
    if mkdir(directory, 0o777) != 0 || chdir(directory) != 0 { fail("storm: \(directory): errno \(errno_get())") }

    var failures = 0
    // A first pass fills the kernel's caches, so that the second can be compared with itself.
    if options.leak >= 0 {
      var quiet: [Storm] = []
      for storm in chosen where !same(storm.name, "offline") { quiet.append(storm) }
      if quiet.isEmpty { quiet = chosen }
      failures += blow(quiet, options, seconds: min(3, options.seconds), counts: nil)
    }
    for storm in chosen where same(storm.name, "offline") { letProcessorsGo() }
    settle()
    // What reading all that takes of our own memory is not to be told as lost.
    if options.leak >= 0 { for _ in 0..<2 { _ = Remains.now().losses(since: Remains.now(), leak: 0) } }
    let before = Remains.now()
    let counts = sharedWords(chosen.count)
    failures += blow(chosen, options, seconds: options.seconds, counts: counts)

    bringProcessorsBack()
    if result(waitpid(-1, nil, WNOHANG)) != -Int(ECHILD) { failures += complain("children are left") }
    if list_names(".", nil, 0) != 0 { failures += complain("files are left in \(directory)") }
    settle()
    let after = options.leak >= 0 ? Remains.settled(since: before, leak: options.leak) : Remains.now()
    if options.leak >= 0, let lost = after.losses(since: before, leak: options.leak) { failures += complain(lost) }
    chdir("/")
    remove_tree(directory)
    var summary = failures == 0 ? "storm ok" : "storm FAILED"
    for i in chosen.indices { summary += " \(chosen[i].name) \(counts[i])" }
    say(summary + " seconds \(options.seconds) seed \(options.seed) free \(before.free) \(after.free) heap \(before.heap) \(after.heap)"
      + " locks \(after.locks.count)\n")
    _exit(failures == 0 ? 0 : 1)
  }

  /// Lets what ends asynchronously end.
  static func settle() { pause(milliseconds: 100) }
}

struct Options {
  let seed: Int
  let seconds: Int
  let workers: Int
  /// How many KiB of free memory, or of kernel objects, may be lost; negative: not looked at.
  let leak: Int
  /// How many rounds the storm that is named last does at the least, together with its time.
  let rounds: Int

  init(_ arguments: Arguments) {
    seed = arguments.number("--seed", default: 1)
    seconds = arguments.number("--seconds", default: 5)
    workers = max(1, min(64, arguments.number("--workers", default: 2)))
    leak = arguments.number("--leak", default: -1)
    rounds = arguments.number("--rounds", default: 0)
  }
}

func complain(_ text: String) -> Int {
  say("storm: \(text)\n")
  return 1
}

/// Whether storm `index` has done less than `rounds`; not in the first pass, where nobody counts.
func isShort(_ counts: UnsafeMutablePointer<Int>?, of rounds: Int, _ index: Int) -> Bool {
  guard let counts else { return false }
  return atomic_add(counts + index, 0) < rounds
}

/// Runs all workers of the storms at once; how many failed. Counts the rounds of each storm.
func blow(_ storms: [Storm], _ options: Options, seconds: Int, counts: UnsafeMutablePointer<Int>?) -> Int {
  let end = now() + seconds * 1_000_000_000
  var pids: [(Int32, Int)] = []
  for (index, storm) in storms.enumerated() {
    for worker in 0..<options.workers {
      let pid = child {
        var random = Random(options.seed &* 1_000_003 &+ index &* 1009 &+ worker)
        var round = 0
        while now() < end || isShort(counts, of: options.rounds, storms.count - 1) {
          if let wrong = storm.round(&random, worker) {
            say("storm: \(storm.name) worker \(worker) round \(round): \(wrong)\n")
            return 1
          }
          round += 1
          if let counts { _ = atomic_add(counts + index, 1) }
        }
        return 0
      }
      if pid < 0 { return complain("fork: errno \(errno_get())") }
      pids.append((pid, index))
    }
  }
  var failures = 0
  for (pid, index) in pids {
    let end = outcome(reap(pid))
    if end != 0 { failures += complain("a worker of \(storms[index].name) ended with \(end)") }
  }
  return failures
}

/// A kind of storm: one round of it answers nil, or what was not as it must be.
struct Storm {
  let name: String
  let round: (inout Random, Int) -> String?
}

var storms: [Storm] {
  [
    Storm(name: "processes", round: processRound), Storm(name: "pipes", round: pipeRound),
    Storm(name: "signals", round: signalRound), Storm(name: "threads", round: threadRound),
    Storm(name: "memory", round: memoryRound), Storm(name: "files", round: fileRound),
    Storm(name: "affinity", round: affinityRound),
  ]
}

/// Not of `all`.
var special: [Storm] {
  [Storm(name: "pressure", round: pressureRound), Storm(name: "offline", round: offlineRound)]
}

/// SIGCHLD may be ignored by whoever started us; then wait would lose children.
func signal_children_default() { _ = set_default(SIGCHLD) }
