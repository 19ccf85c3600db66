import Locking
import Machine

/// Disorders of threads and of references made on purpose, to see the checked kernel notice (`experiment=disorder-…`).
/// An ordinary kernel may do anything.
public enum MadeDisorder: Sendable, CaseIterable {
  /// A thread that one CPU has taken to run is picked by another.
  case threadPickedTwice
  /// A thread that is in one CPU's queue is put into another's.
  case threadQueuedTwice
  /// A queue counts a thread that it does not hold.
  case threadLostFromQueue
  /// An object is kept after its owner has let go of it.
  case objectKept

  /// The first party's part, with a thread that it made (or, for `objectKept`, any object).
  public func begin(_ thread: Thread) {
    #if CHECKED
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    let here = Machine.cpu
    switch self {
    case .threadPickedTwice:
      thread.pass(from: .nobody, to: .queue(here))
      thread.pass(from: .queue(here), to: .hand(here))
      thread.pass(from: .hand(here), to: .cpu(here))
    case .threadQueuedTwice, .threadLostFromQueue:
      _ = thread.state.change(.new, to: .queued)
      _ = Scheduler.enqueue(thread, on: here, preempts: false)
    case .objectKept: Balance.letGo(thread)
    }
    #endif
  }

  /// The second party's, on another CPU or on the same.
  public func goOn(_ thread: Thread) {
    #if CHECKED
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    let here = Machine.cpu
    switch self {
    case .threadPickedTwice: thread.pass(from: .hand(here), to: .cpu(here))
    case .threadQueuedTwice: _ = Scheduler.enqueue(thread, on: here, preempts: false)
    case .threadLostFromQueue:
      guard let processor = Scheduler.processor(thread.cpu) else { return }
      processor.queue.withLock { queue in
        queue.loseOne(thread)
        queue.verify(processor.index, turn: 0)
      }
    case .objectKept: break
    }
    #endif
  }
}
