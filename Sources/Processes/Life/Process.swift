import Basics
import Files
import Locking
import Machine
import Scheduling
import Synchronization

/// A thread group: what `getpid(2)` names, and what is waited for.
///
/// `kin` (family, group, how it ended) is guarded by the process tree's lock; signals, threads and stops by
/// `signals`. The atomics mirror numbers of `kin`, so that getppid and its like take no lock.
public final class Process: @unchecked Sendable {
  /// The process's number. Never changes.
  public let id: Int32
  let signals: IrqLock<SignalState>
  /// Guarded by the tree's lock: touched by methods of `ProcessTree` only.
  var kin: Kin
  public let limits: ProcessLimits
  /// Here the process's own threads wait for children, and for each other to end.
  let events = WaitQueue()
  /// Here stopped threads wait for `SIGCONT`.
  let stopQueue = WaitQueue()
  /// Here `sigtimedwait` sleeps; what ends the sleep is the interruption that every signal is.
  let signalQueue = WaitQueue()
  /// Monotonic nanoseconds.
  public let startTime: UInt64
  public let timers = IntervalTimers()
  /// The program's file, for `/proc/PID/exe`. Guarded by `signals`.
  var executable: Location? = nil

  /// `oom_score_adj`.
  let outOfMemoryAdjustment = Atomic<Int>(0)
  /// The name of the thread that ended last, which the process that waits to be waited for still has. Guarded by the
  /// tree's lock.
  var lastName: [UInt8] = []

  private let parentNumber: Atomic<Int32>
  private let groupNumber: Atomic<Int32>
  private let sessionNumber: Atomic<Int32>

  init(id: Int32, limits: ProcessLimits, actions: SignalActions, kin: Kin) {
    self.id = id
    self.limits = limits
    var state = SignalState()
    state.actions = actions
    signals = IrqLock(.process, state)
    parentNumber = Atomic(kin.parent?.id ?? 0)
    groupNumber = Atomic(kin.group.id)
    sessionNumber = Atomic(kin.group.session.id)
    startTime = Machine.now()
    self.kin = kin
    Balance.made(.process)
  }

  #if CHECKED
  /// Nobody is left in it, or of it.
  deinit {
    signals.withLock { (state: inout SignalState) in
      if !state.threads.isEmpty { Machine.panic("process freed with threads", UInt64(id)) }
    }
    if !kin.children.isEmpty || kin.parent != nil { Machine.panic("process freed that has a family", UInt64(id)) }
    Balance.freed(.process, self)
  }
  #endif

  /// The parent's number; 0 for the first process.
  @inline(__always) public var parentID: Int32 { parentNumber.load(ordering: .relaxed) }
  @inline(__always) public var groupID: Int32 { groupNumber.load(ordering: .relaxed) }
  @inline(__always) public var sessionID: Int32 { sessionNumber.load(ordering: .relaxed) }

  /// Under the tree's lock, after `kin` changed.
  func mirrorKin() {
    parentNumber.store(kin.parent?.id ?? 0, ordering: .relaxed)
    groupNumber.store(kin.group.id, ordering: .relaxed)
    sessionNumber.store(kin.group.session.id, ordering: .relaxed)
  }
}

/// A process's place among the others. Guarded by the tree's lock.
struct Kin {
  var parent: Process?
  var children: [Process] = []
  var group: ProcessGroup
  /// Set when the last thread has ended: how, as `wait(2)` shows it.
  var ended: Int32? = nil
  /// A stop, or a continuation, that the parent has not waited for.
  var stopReport: Int32? = nil
  var continueReport = false
  /// Whether job control has stopped it.
  var isStopped = false
  /// What the parent is sent at the end; SIGCHLD as a rule, 0 for nothing.
  var exitSignal: Int32 = 17
  /// `PR_SET_CHILD_SUBREAPER`: orphans below it become its children.
  var isSubreaper = false
  /// An ancestor is a subreaper: worth looking for it.
  var hasSubreaperAbove = false
  /// Has executed a program since fork: `setpgid(2)` by the parent comes too late.
  var hasExecuted = false
  /// What threads that have ended used, and children that were waited for.
  var usage = ResourceUsage()
  var childrenUsage = ResourceUsage()
  /// The real user, for wait and SIGCHLD, set at the end.
  var user: UInt32 = 0

  init(parent: Process?, group: ProcessGroup) {
    self.parent = parent
    self.group = group
  }
}
