import Locking
import Machine

extension RunQueue {
  /// Looks whether the queue of CPU `cpu` is whole: what is counted is there, the bits say which slots are in use, and
  /// each thread is in the slot it says, waits to run, and is this queue's alone. In the checked kernel at each tick; a long
  /// queue is looked at a slot at a time, `turn` saying which, since its lock must not be held for long.
  borrowing func verify(_ cpu: Int, turn: UInt64) {
    #if CHECKED
    var sum = 0
    let isShort = count <= 64
    let only = Int(truncatingIfNeeded: turn & 63)
    for slot in isShort ? 0..<64 : only..<(only &+ 1) { sum &+= verify(slot: slot, cpu) }
    if isShort, sum != count { Machine.panic("run queue holds another number than counted", UInt64(sum)) }
    #endif
  }
}
