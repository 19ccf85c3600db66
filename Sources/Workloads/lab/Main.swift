// lab: the workloads of `apus lab`, for Linux and Apus alike. Workers, a process each, begin together; every operation
// verifies what it did.
//
//   lab scheduler|files|faults|mixed [--workers N] [--operations N | --milliseconds T] [--seed N] [--statistics]
//
// --operations: of each worker (100 unless said otherwise). --statistics: /proc/stat and /proc/lock_stat before and after.
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
    guard arguments.plain.count == 1, let make = load(arguments.plain[0]) else {
      fail("usage: lab scheduler|files|faults|mixed [--workers N] [--operations N | --milliseconds T] [--seed N] [--statistics]", status: 2)
    }
    guard (1...255).contains(workers), (1...Int(Int32.max)).contains(operations), milliseconds >= 0 else {
      fail("lab: 1 to 255 workers, and 1 operation at least", status: 2)
    }
    enterOwnDirectory()
    let board = Board(workers: workers)
    var pids: [Int32] = []
    for worker in 0..<workers {
      let place = Place(worker: worker, workers: workers, seed: seed &* 1000 &+ worker, board: board)
      let pid = child { work(make, place, operations) }
      if pid < 0 { fail("fork: errno \(errno_get())") }
      pids.append(pid)
    }
    while atomic_load32(board.ready) < Int32(workers) { waitWhile(board.ready, is: atomic_load32(board.ready)) }
    let statistics = arguments.has("--statistics")
    if statistics { forgetLockStatistics() }
    if statistics { showStatistics("before") }
    let start = now()
    atomic_store32(board.go, 1)
    wake(board.go)
    if milliseconds > 0 {
      pause(milliseconds: milliseconds)
      atomic_store32(board.stop, 1)
    }
    var isRight = true
    for pid in pids where outcome(reap(pid)) != 0 { isRight = false }
    let time = now() - start
    if statistics { showStatistics("after") }
    var total = 0
    for worker in 0..<workers { total += Int(atomic_load32(board.done(worker))) }
    leaveOwnDirectory()
    say(
      "workload \(arguments.plain[0])\nworkers \(workers)\noperations \(total)\nseconds \(decimal(time))\n"
        + "operations-per-second \(time > 0 ? total * 1_000_000_000 / time : 0)\n")
    if !isRight { fail("lab: wrong results") }
    if milliseconds == 0 && total != workers * operations { fail("lab: \(total) operations of \(workers * operations)") }
  }

  private static func load(_ name: String) -> ((Place) -> Load)? {
    if same(name, "scheduler") { return schedulerLoad }
    if same(name, "files") { return fileLoad }
    if same(name, "faults") { return faultLoad }
    if same(name, "mixed") { return mixedLoad }
    return nil
  }

  /// A worker's life. Its name is what traces show.
  private static func work(_ make: (Place) -> Load, _ place: Place, _ operations: Int) -> Int32 {
    name("worker \(place.worker)")
    let load = make(place)
    let done = place.board.done(place.worker)
    _ = atomic_add32(place.board.ready, 1)
    wake(place.board.ready)
    waitWhile(place.board.go, is: 0)
    var wrong: String?
    var number = 0
    while wrong == nil, number < operations, atomic_load32(place.board.stop) == 0 {
      wrong = load.operation(number)
      number += 1
      if wrong == nil { atomic_store32(done, Int32(number)) }
    }
    if wrong == nil { wrong = load.end() }
    guard let wrong else { return 0 }
    say("worker \(place.worker), operation \(number): \(wrong)\n", to: 2)
    return 1
  }

  private static func name(_ text: String) {
    var text = text + "\0"
    text.withUTF8 { bytes in _ = call(SYS_prctl, Int(PR_SET_NAME), Int(bitPattern: bytes.baseAddress)) }
  }

  /// Nanoseconds as seconds.
  private static func decimal(_ nanoseconds: Int) -> String {
    var digits = "\(nanoseconds % 1_000_000_000)"
    while digits.utf8.count < 9 { digits = "0" + digits }
    return "\(nanoseconds / 1_000_000_000).\(digits)"
  }
}
