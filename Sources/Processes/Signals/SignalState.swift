import Basics
import Scheduling

/// A process's signals: the actions, what was sent to the process as a whole, its threads, and whether it is
/// stopped or ending. Lives in `Process.signals`; methods here decide, and say whom to wake after release.
struct SignalState: ~Copyable {
  var actions = SignalActions()
  /// Sent to the process; any thread that does not block them may take them.
  var shared = SignalQueue()
  /// The threads that have not ended, the first one in front.
  var threads: [Task] = []
  /// What the others used: `Kin.usage`, for those who must not take the tree's lock.
  var endedUsage = ResourceUsage()
  /// Set once: how the process ends, as `wait(2)` shows it.
  private(set) var ending: Int32? = nil
  /// The thread that executes a new program: all others end.
  var executing: Task? = nil
  /// Job control's stop, from the stop signal to `SIGCONT`.
  private(set) var stop = Stop.running
  /// Numbers the stops, so that each thread counts once in each.
  private(set) var stopNumber: UInt64 = 0
  /// A continuation that the parent has not been told of: the first thread that runs on tells it.
  private(set) var hasContinued = false
  /// A thread has taken a stop signal, and SIGCONT has not come since: the stop may begin.
  private var mayStop = false
  /// Takes no signals: the kernel's init.
  var isImmune = false

  enum Stop: Equatable {
    case running
    /// So many threads are still to stop.
    case stopping(signal: Int32, remaining: Int)
    case stopped(signal: Int32)
  }

  /// Whom to wake once the lock is released.
  enum Wake {
    case nobody
    case one(Task)
    /// All threads, those that are stopped too.
    case all([Task])
    /// All threads are to die.
    case death([Task])
  }

  /// Sends `info` to the process, or to one thread of it. EAGAIN when a queue is full.
  mutating func send(_ info: SignalInfo, to thread: Task?, limit: Int) throws(Errno) -> Wake {
    let signal = info.signal
    guard ending == nil, !threads.isEmpty, !isImmune else { return .nobody }
    if signal == .KILL {
      end(9)
      return .death(threads)
    }
    let resumed = exchangeStopAndContinue(signal)
    if !actions[signal].ignores(signal) || isBlocked(signal, thread) {
      let taken =
        thread != nil
        ? thread!.signals.pending.insert(info, limit: limit) : shared.insert(info, limit: limit)
      if !taken { throw .EAGAIN }
      if !resumed { return .of(receiver(of: signal, thread)) }
    }
    return resumed ? .all(threads) : .nobody
  }

  /// Stop signals and SIGCONT cancel each other; answers whether a stopped process goes on (`signal(7)`).
  private mutating func exchangeStopAndContinue(_ signal: Signal) -> Bool {
    if SignalSet.stopping.contains(signal) {
      discard(SignalSet(.CONT))
      return false
    }
    guard signal == .CONT else { return false }
    discard(.stopping)
    mayStop = false
    guard stop != .running else { return false }
    if case .stopped = stop { hasContinued = true }
    stop = .running
    return true
  }

  /// The thread that is to take `signal` next; nil when all block it.
  private func receiver(of signal: Signal, _ thread: Task?) -> Task? {
    if let thread { return thread.wants(signal) ? thread : nil }
    for candidate in threads where candidate.wants(signal) { return candidate }
    return nil
  }

  /// Whether `thread`, or any thread, blocks the signal: then it waits even if it would be ignored.
  private func isBlocked(_ signal: Signal, _ thread: Task?) -> Bool {
    if let thread { return thread.blocks(signal) }
    for task in threads where task.blocks(signal) { return true }
    return false
  }

  /// Forgets pending signals everywhere in the process.
  mutating func discard(_ set: SignalSet) {
    shared.discard(set)
    for task in threads { task.signals.pending.discard(set) }
  }

  /// The process ends with `status`; the first word counts.
  mutating func end(_ status: Int32) {
    guard ending == nil else { return }
    ending = status
    stop = .running
  }

  var isEnding: Bool { ending != nil }

  /// Whether `task` must end, and with which status if it is the last.
  func sentence(of task: Task) -> Int32? {
    if let ending { return ending }
    if let executing, executing !== task { return 0 }
    return nil
  }

  // MARK: Stopping

  /// A thread has taken a stop signal. What it finds out next, it does without the lock.
  mutating func tookStopSignal() { mayStop = true }

  /// All threads are to stop, unless SIGCONT has come since the signal was taken; whom to wake.
  mutating func beginStop(_ signal: Signal) -> Wake {
    guard mayStop, stop == .running, ending == nil, executing == nil else { return .nobody }
    mayStop = false
    hasContinued = false
    stopNumber &+= 1
    stop = .stopping(signal: signal.number, remaining: threads.count)
    return .all(threads)
  }

  /// A thread comes to rest. The signal, when it was the last to do so.
  mutating func arriveAtStop(_ task: Task) -> Int32? {
    guard task.signals.arrivedAt != stopNumber else { return nil }
    task.signals.arrivedAt = stopNumber
    return countDown()
  }

  /// A new thread is to stop with the others.
  mutating func threadJoined() {
    switch stop {
    case .running: break
    case .stopping(let signal, let remaining): stop = .stopping(signal: signal, remaining: remaining + 1)
    case .stopped: break
    }
  }

  /// A thread ends while the others come to rest. The signal, when they all have now.
  mutating func threadLeft(_ task: Task) -> Int32? {
    task.signals.arrivedAt == stopNumber ? nil : countDown()
  }

  private mutating func countDown() -> Int32? {
    guard case .stopping(let signal, let remaining) = stop else { return nil }
    if remaining > 1 {
      stop = .stopping(signal: signal, remaining: remaining - 1)
      return nil
    }
    stop = .stopped(signal: signal)
    return signal
  }

  /// Takes the duty to tell the parent of a continuation.
  mutating func takeContinued() -> Bool {
    defer { hasContinued = false }
    return hasContinued
  }

  /// Whether `task` has something to do before its program runs on.
  func needsAttention(_ task: Task) -> Bool {
    if sentence(of: task) != nil || stop != .running || hasContinued { return true }
    let pending = task.signals.pending.pending.union(shared.pending)
    return !pending.subtracting(task.signals.blocked).isEmpty
  }
}

extension SignalState.Wake {
  static func of(_ task: Task?) -> SignalState.Wake { task.map { .one($0) } ?? .nobody }

  /// Does it. No lock is held.
  func perform() {
    switch self {
    case .nobody: break
    case .one(let task): task.interrupt()
    case .all(let tasks):
      if let first = tasks.first { first.process.stopQueue.wakeAll() }
      for task in tasks { task.interrupt() }
    case .death(let tasks):
      for task in tasks { task.kill() }
    }
  }
}

extension Task {
  /// Whether the thread blocks the signal and does not wait for it. Under the process's `signals` lock.
  func blocks(_ signal: Signal) -> Bool { signals.blocked.contains(signal) }

  /// Whether the thread would take the signal now. Under the process's `signals` lock.
  func wants(_ signal: Signal) -> Bool { !signals.blocked.contains(signal) || signals.awaited.contains(signal) }
}
