// One workload from its workers' common start to the last one's end.
import CLinux
import Harness

struct Run {
  let workers: Int
  /// Of each worker.
  let operations: Int
  /// 0: until all operations are done.
  let milliseconds: Int
  let seed: Int

  /// Ends the program where something was wrong.
  func start(_ workload: String, _ make: (Place) -> Load, showsStatistics: Bool) {
    enterOwnDirectory()
    let board = Board(workers: workers)
    var pids: [Int32] = []
    for worker in 0..<workers {
      let place = Place(worker: worker, workers: workers, seed: seed &* 1000 &+ worker, board: board)
      let pid = child { work(make, place) }
      if pid < 0 { fail("fork: errno \(errno_get())") }
      pids.append(pid)
    }
    while true {
      let ready = atomic_load32(board.ready)
      if ready == Int32(workers) { break }
      waitWhile(board.ready, is: ready)
    }
    // A run begins with nothing counted and at a timer's end, when all have slept. So nothing of the machine's start is
    // in it, whose course depends on when the host answers: under -icount two runs take the same instructions, or nearly.
    forgetLockStatistics()
    pause(milliseconds: 1)
    if showsStatistics { showStatistics("before") }
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
    if showsStatistics { showStatistics("after") }
    var total = 0
    for worker in 0..<workers { total += Int(atomic_load32(board.done(worker))) }
    board.free()
    leaveOwnDirectory()
    say(
      "workload \(workload)\nworkers \(workers)\noperations \(total)\nseconds \(decimal(time))\n"
        + "operations-per-second \(time > 0 ? total * 1_000_000_000 / time : 0)\n")
    if !isRight { fail("lab: wrong results") }
    if milliseconds == 0 && total != workers * operations { fail("lab: \(total) operations of \(workers * operations)") }
  }

  /// A worker's life. Its name is what traces show.
  private func work(_ make: (Place) -> Load, _ place: Place) -> Int32 {
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

  private func name(_ text: String) {
    var text = text + "\0"
    text.withUTF8 { bytes in _ = call(SYS_prctl, Int(PR_SET_NAME), Int(bitPattern: bytes.baseAddress)) }
  }

  /// Nanoseconds as seconds.
  private func decimal(_ nanoseconds: Int) -> String {
    var digits = "\(nanoseconds % 1_000_000_000)"
    while digits.utf8.count < 9 { digits = "0" + digits }
    return "\(nanoseconds / 1_000_000_000).\(digits)"
  }
}
