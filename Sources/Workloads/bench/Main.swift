// bench: the hot paths of a kernel, in instructions.
//
// Under `qemu -icount shift=0,sleep=off` the time-stamp counter counts executed instructions, so each figure
// is exact and repeatable; elsewhere the figures are ticks. Each is the median of many samples after a
// warm-up, less the cost of reading the counter.
//
//   bench [--json] [--list] [--samples N] [NAME…]
//
// Started as a machine's init it mounts what it needs, says `boot TICKS` first, and switches off at the end.
import CLinux
import Harness

@main
struct Main {
  static func main() {
    let ticks = read_tsc()
    if isInit { prepareMachine(ticks: ticks) }
    let arguments = Arguments()
    let wanted = arguments.plain
    if wanted.count == 1 && same(wanted[0], exitAtOnce) { _exit(0) }
    if arguments.has("--list") {
      for b in benchmarks { say(padded(b.name, 16, left: true) + b.meaning + "\n") }
      _exit(0)
    }
    for name in wanted where !benchmarks.contains(where: { same($0.name, name) }) {
      fail("bench: no benchmark \(name) (bench --list names them)", status: 2)
    }
    let samples = max(3, arguments.number("--samples", default: 101))
    let json = arguments.has("--json")
    var first = true
    if json { say("{\"unit\":\"instructions\",\"results\":[") }
    for b in benchmarks where wanted.isEmpty || wanted.contains(where: { same($0, b.name) }) {
      var meter = Meter(samples: samples)
      b.run(&meter)
      let value = meter.median
      if json {
        say((first ? "" : ",") + "{\"name\":\"\(b.name)\",\"value\":\(value)}")
      } else {
        say("\(b.name) \(value)\n")
      }
      first = false
    }
    if json { say("]}\n") }
    if isInit { leaveMachine() }
    _exit(0)
  }
}

/// The argument with which the program does nothing: what `exec` runs.
let exitAtOnce = "exit-at-once"

/// A hot path: its name, what one operation is, and the code that measures it.
struct Benchmark {
  let name: String
  let meaning: String
  let run: (inout Meter) -> Void
}

/// All of them, in the order in which they are shown.
var benchmarks: [Benchmark] { callBenchmarks + memoryBenchmarks + fileBenchmarks + processBenchmarks }
