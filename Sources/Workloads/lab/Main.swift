// lab: the workloads of `apus lab`, for Linux and Apus alike. Workers, a process each, begin together; every operation
// verifies what it did. Several workloads run one after the other.
//
//   lab scheduler|files|faults|mixed … [--workers N] [--operations N | --milliseconds T] [--seed N] [--statistics]
//       [--processors N]
//
// --operations: of each worker (100 unless said otherwise). --statistics: /proc/stat and /proc/lock_stat before and after.
// --processors: takes all CPUs but so many off first.
// Status 1: something was wrong, and stderr says what; 2: wrong arguments.
import CLinux
import Harness

@main
enum Main {
  static func main() {
    let arguments = Arguments()
    let workers = arguments.number("--workers", default: 4)
    let milliseconds = arguments.number("--milliseconds", default: 0)
    let operations = milliseconds > 0 ? Int(Int32.max) : arguments.number("--operations", default: 100)
    let seed = arguments.number("--seed", default: 1)
    let processors = arguments.number("--processors", default: 0)
    guard !arguments.plain.isEmpty else { explain() }
    guard (1...255).contains(workers), (1...Int(Int32.max)).contains(operations), milliseconds >= 0 else {
      fail("lab: 1 to 255 workers, and 1 operation at least", status: 2)
    }
    if processors > 0 { keepProcessors(processors) }
    for workload in arguments.plain {
      guard let make = load(workload) else { explain() }
      let run = Run(workers: workers, operations: operations, milliseconds: milliseconds, seed: seed)
      run.start(workload, make, showsStatistics: arguments.has("--statistics"))
    }
  }

  private static func explain() -> Never {
    fail(
      "usage: lab scheduler|files|faults|mixed … [--workers N] [--operations N | --milliseconds T] [--seed N] [--statistics]\n"
        + "           [--processors N]",
      status: 2)
  }

  private static func load(_ name: String) -> ((Place) -> Load)? {
    if same(name, "scheduler") { return schedulerLoad }
    if same(name, "files") { return fileLoad }
    if same(name, "faults") { return faultLoad }
    if same(name, "mixed") { return mixedLoad }
    return nil
  }
}
