import Basics
import Files
import Locking
import Machine
import Scheduling

// Signals to many processes at once: to a group, or to all. They reach whoever is born meanwhile, too (POSIX, `fork`, "as if
// no signal were delivered during it"): all of them are sent in one hold of the tree's lock, under which a child enters it.
// A child that enters before is a target itself; one that enters later has a parent that has had the signal: if that was while
// it forked, the child gets it from its parent (`Task.clone`), as Linux does it since 4.19.

/// Whom to wake after signals were sent under the tree's lock.
struct Sendings {
  private var wakes: [(process: Process, wake: SignalState.Wake)] = []

  mutating func add(_ process: Process, _ wake: SignalState.Wake) { wakes.append((process, wake)) }

  /// Does it. No lock is held.
  func perform() {
    for (process, wake) in wakes {
      wake.perform()
      process.signalQueue.wakeAll()  // who reads signals from a file
    }
  }
}

extension Process {
  /// Sends a signal that goes to others as well. EAGAIN when the queue is full. Locks: the tree's is held; takes `process`.
  func send(toOneOfMany info: SignalInfo, _ sendings: inout Sendings) throws(Errno) {
    let limit = queueLimit
    let wake = try signals.withLock { (state: inout SignalState) throws(Errno) in
      state.noteForForks(info.signal)
      return try state.send(info, to: nil, limit: limit)
    }
    sendings.add(self, wake)
  }
}

extension SignalState {
  /// The signal goes to children under way, too. A stop signal and SIGCONT take each other away, as they do in queues.
  fileprivate mutating func noteForForks(_ signal: Signal) {
    for task in threads {
      guard var noted = task.signals.whileForking else { continue }
      if SignalSet.stopping.contains(signal) { noted.remove(.CONT) }
      if signal == .CONT { noted = noted.subtracting(.stopping) }
      noted.insert(signal)
      task.signals.whileForking = noted
    }
  }
}

extension Task {
  /// `kill(2)` of a group, or of all but process 1 and the caller's own (`group` nil). ESRCH, EPERM, EAGAIN.
  func kill(group: Int32?, _ number: Int32) throws(Errno) {
    let signal = Signal(number)
    let isValid = number == 0 || signal != nil
    var (found, sent) = (0, 0)
    var failure: Errno = .ESRCH
    var sendings = Sendings()
    system.tree.withLock { (tree: inout ProcessTree) in
      tree.forEachProcess(of: group) { target in
        if group == nil, target.id == 1 || target === process { return }
        found += 1
        guard isValid else { return }
        guard maySignal(target, signal) else {
          failure = .EPERM
          return
        }
        sent += 1
        guard let signal else { return }
        let info = SignalInfo.user(signal, from: process.id, user: credentials.user.real)
        do throws(Errno) { try target.send(toOneOfMany: info, &sendings) } catch { failure = error }
      }
    }
    sendings.perform()
    if found == 0 { throw .ESRCH }
    if !isValid { throw .EINVAL }
    if sent == 0 { throw failure }
  }
}

extension System {
  /// Sends a signal of the kernel's own to a group: dropped where a queue is full.
  func post(_ info: SignalInfo, toGroup id: Int32) {
    var sendings = Sendings()
    tree.withLock { (tree: inout ProcessTree) in
      tree.forEachProcess(of: id) { member in
        do throws(Errno) { try member.send(toOneOfMany: info, &sendings) } catch {}
      }
    }
    sendings.perform()
  }
}

extension ProcessTree {
  /// Calls `body` with each member of a group, or with every process.
  fileprivate func forEachProcess(of group: Int32?, _ body: (Process) -> Void) {
    guard let group else { return forEachProcess(body) }
    for member in self.group(group)?.members ?? [] { body(member) }
  }
}
