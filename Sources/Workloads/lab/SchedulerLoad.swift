// scheduler: threads that wake each other.
import CLinux
import Harness

/// One operation: a byte goes through a pipe to the worker's partner, a thread, and comes back raised by one; a word
/// goes there and back by futex; then a yield. Every fourth operation rings at the next worker's, every sixteenth
/// sleeps for 20 microseconds.
func schedulerLoad(_ place: Place) -> Load {
  let there = Pipe()
  let back = Pipe()
  let word = pages(1).assumingMemoryBound(to: Int32.self)
  let partner = Worker {
    var byte: UInt8 = 0
    while read(there.read, &byte, 1) == 1 {
      byte &+= 1
      _ = write(back.write, &byte, 1)
      // Odd: the partner's turn.
      let turn = atomic_load32(word)
      if turn & 1 == 0 { waitWhile(word, is: turn, isPrivate: true) }
      _ = atomic_add32(word, 1)
      wake(word, isPrivate: true, count: 1)
    }
  }
  guard let partner else { return Load(operation: { _ in "no thread" }, end: { nil }) }
  let next = place.board.mail((place.worker + 1) % place.workers)

  return Load(
    operation: { number in
      var byte = UInt8(truncatingIfNeeded: number)
      let expected = byte &+ 1
      if write(there.write, &byte, 1) != 1 { return "write to the partner: errno \(errno_get())" }
      if read(back.read, &byte, 1) != 1 { return "read from the partner: errno \(errno_get())" }
      if byte != expected { return "the partner answered \(byte), not \(expected)" }
      let turn = atomic_add32(word, 1)
      wake(word, isPrivate: true, count: 1)
      waitWhile(word, is: turn, isPrivate: true)
      if atomic_load32(word) != turn &+ 1 { return "the word is \(atomic_load32(word)), not \(turn &+ 1)" }
      sched_yield()
      if number & 3 == 3 {
        _ = atomic_add32(next, 1)
        wake(next)
      }
      if number & 15 == 15 {
        var time = timespec(tv_sec: 0, tv_nsec: 20_000)
        nanosleep(&time, nil)
      }
      return nil
    },
    end: {
      close(there.write)
      partner.join()
      var byte: UInt8 = 0
      there.close_read()
      close(back.write)
      if read(back.read, &byte, 1) != 0 { return "the partner answered once too often" }
      close(back.read)
      return nil
    })
}

extension Pipe {
  fileprivate func close_read() { CLinux.close(read) }
}
