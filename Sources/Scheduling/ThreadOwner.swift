import Machine
import Synchronization

/// Who has a thread: nobody (it sleeps, or is on its way into a queue), the queue of a CPU, a CPU that has taken it out
/// of a queue, or the CPU that runs it. The checked kernel keeps that in a word of its own in each thread, apart from the
/// thread's state, and stops where one takes it from another than the word says.
struct ThreadOwner: Equatable {
  let rawValue: UInt64

  static var nobody: ThreadOwner { ThreadOwner(rawValue: 0) }
  static func queue(_ cpu: Int) -> ThreadOwner { ThreadOwner(rawValue: 1 << 32 | UInt64(cpu)) }
  static func hand(_ cpu: Int) -> ThreadOwner { ThreadOwner(rawValue: 2 << 32 | UInt64(cpu)) }
  static func cpu(_ cpu: Int) -> ThreadOwner { ThreadOwner(rawValue: 3 << 32 | UInt64(cpu)) }
  /// An idle thread is its CPU's for ever.
  static var idle: ThreadOwner { ThreadOwner(rawValue: 4 << 32) }

  /// Whether it is more than a step on the way.
  @inline(__always) var isLasting: Bool { rawValue & 1 << 32 != 0 }
}

/// The word. Nothing in the ordinary kernel.
struct OwnerWord: ~Copyable {
  #if CHECKED
  // Relaxed throughout: a word that ordered anything would hide from Thread Sanitizer what the scheduler itself does
  // not order.
  fileprivate let word = Atomic<UInt64>(0)
  #endif

  init() {}

  /// Whom the word names; for checks of the queues, under a queue's lock.
  var current: ThreadOwner {
    #if CHECKED
    ThreadOwner(rawValue: word.load(ordering: .relaxed))
    #else
    .nobody
    #endif
  }

  /// The thread of an idle CPU; once.
  func idles() {
    #if CHECKED
    word.store(ThreadOwner.idle.rawValue, ordering: .relaxed)
    #endif
  }
}

extension Thread {
  /// The thread goes from `old`, or from `other`, to `new`. Interrupts are off; the caller holds what guards the step.
  @inline(__always) final func pass(from old: ThreadOwner, or other: ThreadOwner? = nil, to new: ThreadOwner) {
    #if CHECKED
    var found = owner.word.compareExchange(expected: old.rawValue, desired: new.rawValue, ordering: .relaxed)
    if !found.exchanged, let other {
      found = owner.word.compareExchange(expected: other.rawValue, desired: new.rawValue, ordering: .relaxed)
    }
    if found.original == ThreadOwner.idle.rawValue { return }
    if !found.exchanged { stop(found.original, new) }
    #if hasFeature(Embedded)
    // Not from a queue into a hand: the next step, a moment later, says as much.
    if new.isLasting { ownerTrail.note() }
    #endif
    #endif
  }

  #if CHECKED
  @inline(never) private final func stop(_ found: UInt64, _ new: ThreadOwner) -> Never {
    let message: StaticString =
      switch new.rawValue &>> 32 {
      case 1: "thread put into a queue while another has it, owner"
      case 2: "thread taken from a queue that does not have it, owner"
      case 3: "thread picked while another has it, owner"
      default: "thread left a CPU that does not run it, owner"
      }
    #if hasFeature(Embedded)
    Machine.panic(message, found, ownerTrail, "took it last")
    #else
    Machine.panic(message, found)
    #endif
  }
  #endif
}
