import Basics
import Locking
import Machine
import Memory
import Scheduling

extension System: OutOfMemoryKiller {
  /// Kills the process that has most in memory, unless one is dying already; then the caller sleeps a little and
  /// tries again. False where the caller itself must end.
  public func relieve() -> Bool {
    let caller = Task.caller
    if let caller, caller.isKilled { return false }
    var victim: Process? = nil
    var most = 0
    var isDying = false
    tree.withLock { (tree: inout ProcessTree) in
      tree.forEachProcess { process in
        guard process.id != 1, process.kin.ended == nil else { return }
        process.signals.withLock { (state: inout SignalState) in
          if state.isEnding {
            isDying = true
            return
          }
          let size = state.threads.first?.resources.space?.residentPages ?? 0
          if size > most {
            most = size
            victim = process
          }
        }
      }
    }
    if !isDying {
      guard let victim else { return false }
      victim.post(.kernel(.KILL))
      if victim === caller?.process { return false }
    }
    pauseBriefly()
    return true
  }

  /// The calling thread has taken much of what is kept for the kernel: it goes on when that is back, or when it is to end.
  /// So whatever a program makes the kernel keep, call by call, it cannot take more than the reserve.
  public func restoreReserve() {
    while !Memory.hasReserve, relieve() {}
  }

  /// Lets others give memory back: 10 ms.
  private func pauseBriefly() {
    do {
      try WaitQueue().wait(.killable, deadline: Machine.now() &+ 10_000_000) { () throws(Errno) -> Void? in nil }
    } catch {}
  }
}
