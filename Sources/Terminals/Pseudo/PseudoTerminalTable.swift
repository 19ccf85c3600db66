import Files
import Locking

/// The pseudo-terminals by number.
final class PseudoTerminalTable: @unchecked Sendable {
  let jobs: any JobControl
  private let state = SpinLock<Slots>(.pseudoTerminal, Slots())

  /// As many as Linux has (`/proc/sys/kernel/pty/max`).
  static var limit: Int { 4096 }

  init(jobs: any JobControl) { self.jobs = jobs }

  struct Slots: ~Copyable {
    /// Those that have a master.
    var terminals: [PseudoTerminal?] = []
    /// Numbers in use: also while an opening is under way, and until slaves that outlive their master are closed.
    var taken: [Bool] = []

    mutating func reserve() -> Int? {
      for index in taken.indices where !taken[index] {
        taken[index] = true
        return index
      }
      guard taken.count < PseudoTerminalTable.limit else { return nil }
      taken.append(true)
      terminals.append(nil)
      return taken.count - 1
    }
  }

  /// Takes the lowest free number; nil when there are too many.
  func reserve() -> Int? { state.withLock { $0.reserve() } }

  func add(_ terminal: PseudoTerminal) { state.withLock { $0.terminals[terminal.index] = terminal } }

  func terminal(_ index: Int) -> PseudoTerminal? {
    state.withLock { (state) -> PseudoTerminal? in
      index >= 0 && index < state.terminals.count ? state.terminals[index] : nil
    }
  }

  /// The first at or above `start`.
  func next(from start: Int) -> PseudoTerminal? {
    state.withLock { (state) -> PseudoTerminal? in
      var index = max(start, 0)
      while index < state.terminals.count {
        if let terminal = state.terminals[index] { return terminal }
        index += 1
      }
      return nil
    }
  }

  /// Its master is gone: its name disappears. The number stays taken until the slave is closed too.
  func hide(_ terminal: PseudoTerminal) {
    let old = state.withLock { (state) -> PseudoTerminal? in
      defer { state.terminals[terminal.index] = nil }
      return state.terminals[terminal.index]
    }
    _ = consume old
  }

  /// Both ends are closed: the number is free.
  func free(_ index: Int) { state.withLock { $0.taken[index] = false } }
}
