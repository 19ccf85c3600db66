// The life of a thread, as one atomic word. Each change below is a compare-and-exchange, so that a wake-up and
// a sleep that cross each other agree on who puts the thread into a run queue: nobody waits for anybody.
//
//   running ──announceSleep──▶ preparing ──commitSleep──▶ leaving ──finish──▶ asleep
//      ▲                          │ wake                     │ wake             │ wake
//      └──────────────────────────┘                          ▼                  ▼
//                                                     wokenWhileLeaving ─finish▶ queued ──pick──▶ running
//
// `preparing`: still on its CPU, on some wait queue, about to test its condition once more.
// `leaving`: its registers are being saved; no other CPU may run it before `finish`, which the CPU does on
// the next thread's stack. `yielding` is the same for a thread that stays runnable.
import Synchronization

public enum ThreadState: UInt32, Sendable {
  case running, preparing, leaving, wokenWhileLeaving, asleep, queued, yielding, dead, new
}

/// What a wake-up found, hence what its caller has to do.
enum WakeOutcome {
  /// It was awake, or is woken by another.
  case nothing
  /// It had not left its CPU and goes on there.
  case stays
  /// The caller puts it into a run queue.
  case enqueue
}

struct AtomicThreadState: ~Copyable, Sendable {
  private let word: Atomic<UInt32>

  init(_ state: ThreadState) { word = Atomic(state.rawValue) }

  var current: ThreadState { ThreadState(rawValue: word.load(ordering: .acquiring)) ?? .dead }

  @inline(__always) func change(_ from: ThreadState, to: ThreadState) -> Bool {
    word.compareExchange(expected: from.rawValue, desired: to.rawValue, ordering: .sequentiallyConsistent).exchanged
  }

  @inline(__always) func set(_ state: ThreadState) { word.store(state.rawValue, ordering: .releasing) }

  /// Sequentially consistent, as are the changes: who wakes has changed what the thread looks at after it has announced
  /// its sleep, and one of the two sees the other.
  private var currentForWaker: ThreadState { ThreadState(rawValue: word.load(ordering: .sequentiallyConsistent)) ?? .dead }

  func wake() -> WakeOutcome {
    while true {
      switch currentForWaker {
      case .preparing: if change(.preparing, to: .running) { return .stays }
      case .leaving: if change(.leaving, to: .wokenWhileLeaving) { return .stays }
      case .asleep: if change(.asleep, to: .queued) { return .enqueue }
      case .running, .wokenWhileLeaving, .queued, .yielding, .dead, .new: return .nothing
      }
    }
  }
}
