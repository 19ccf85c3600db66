import Locking
import Synchronization

/// What a CPU does in the experiment, an access to shared memory at a time.
public enum Step: UInt8, CaseIterable, Sendable {
  case readQueueHead, readQueueSlot, wroteQueueHead, pickedProcess
  case readFirstPage, readNextPage, wroteFirstPage, claimedPage
  case gavePageBack, gaveProcessBack, foundQueueEmpty, foundListEmpty

  /// As the report shows it.
  public var name: StaticString {
    switch self {
    case .readQueueHead: "reads-queue-head"
    case .readQueueSlot: "reads-queue-slot"
    case .wroteQueueHead: "writes-queue-head"
    case .pickedProcess: "picks-process"
    case .readFirstPage: "reads-first-page"
    case .readNextPage: "reads-next-page"
    case .wroteFirstPage: "writes-first-page"
    case .claimedPage: "claims-page"
    case .gavePageBack: "gives-page-back"
    case .gaveProcessBack: "gives-process-back"
    case .foundQueueEmpty: "finds-queue-empty"
    case .foundListEmpty: "finds-list-empty"
    }
  }
}

/// One entry of a step log.
public struct LoggedStep: Equatable, Sendable {
  public let time: UInt64
  public let step: Step
  public let value: UInt32
}

/// The last steps of one CPU: written by it, read by whoever reports a finding.
struct StepLog: ~Copyable {
  static var length: Int { 12 }
  private let times = FixedArray<Atomic<UInt64>>(count: StepLog.length) { _ in Atomic(0) }
  private let steps = FixedArray<Atomic<UInt64>>(count: StepLog.length) { _ in Atomic(0) }
  private let count = Atomic<Int>(0)

  borrowing func add(_ step: Step, _ value: UInt32, at time: UInt64) {
    let number = count.load(ordering: .relaxed)
    times[number % StepLog.length].store(time, ordering: .relaxed)
    steps[number % StepLog.length].store(UInt64(step.rawValue) &<< 32 | UInt64(value), ordering: .relaxed)
    count.store(number &+ 1, ordering: .releasing)
  }

  /// Oldest first.
  borrowing func forEach(_ body: (LoggedStep) -> Void) {
    let end = count.load(ordering: .acquiring)
    for number in max(0, end &- StepLog.length)..<end {
      let word = steps[number % StepLog.length].load(ordering: .relaxed)
      guard let step = Step(rawValue: UInt8(truncatingIfNeeded: word &>> 32)) else { continue }
      body(LoggedStep(
        time: times[number % StepLog.length].load(ordering: .relaxed), step: step, value: UInt32(truncatingIfNeeded: word)))
    }
  }
}
