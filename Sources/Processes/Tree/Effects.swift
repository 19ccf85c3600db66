import Files
import Scheduling

/// What is to be done, after the tree's lock is released, because processes changed: signals to send, parents to wake.
struct Effects {
  private var signals: [(process: Process, info: SignalInfo)] = []
  private var sendings = Sendings()
  private var news: [Process] = []
  private var hangUps: [(terminal: ControllingTerminal, session: Int32)] = []

  init() {}

  mutating func send(_ info: SignalInfo, to process: Process) { signals.append((process, info)) }
  /// Sends now what others get, too; what a full queue refuses is dropped. Locks: the tree's is held.
  mutating func send(_ info: SignalInfo, toOneOfMany process: Process) {
    do { try process.send(toOneOfMany: info, &sendings) } catch {}
  }
  /// The process may have something to wait for now.
  mutating func wake(_ process: Process) { news.append(process) }

  /// The terminal has lost the session it controlled.
  mutating func hangUp(_ terminal: ControllingTerminal, session: Int32) { hangUps.append((terminal, session)) }

  /// Does it. No lock is held.
  func perform() {
    for (process, info) in signals { process.post(info) }
    sendings.perform()
    for process in news { process.events.wakeAll() }
    for (terminal, session) in hangUps { terminal.sessionEnded(session) }
  }
}

