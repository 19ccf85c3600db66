import Locking
import Machine
import Synchronization

/// What the experiment looks for: two CPUs that hold the same thing.
public struct Finding: Equatable, Sendable {
  public enum Thing: UInt8, Sendable { case process, page }
  public let thing: Thing
  public let number: Int
  /// Who took it first, and who took it while the first still had it.
  public let first: Owner
  public let second: Owner
}

/// How the experiment is set up.
public struct RaceSettings: Sendable {
  public var cpus: Int
  public var seed: UInt64
  /// Picks of all CPUs together; each pick goes with a claim of a page.
  public var rounds: UInt64
  /// False leaves the locks out.
  public var isLocked: Bool

  public init(cpus: Int, seed: UInt64, rounds: UInt64, isLocked: Bool) {
    self.cpus = cpus
    self.seed = seed
    self.rounds = rounds
    self.isLocked = isLocked
  }
}

/// The experiment: all CPUs take processes from one queue and pages from one list, and give them back. An owner word
/// in each notices when two hold the same one. At each step a seeded generator decides whether the CPU pauses, so that
/// the schedule is the seed's.
public final class Race: @unchecked Sendable {
  public let settings: RaceSettings
  private let queue: OmissibleLock<ReadyRing>
  private let pages: OmissibleLock<FreePages>
  private let processOwners: Owners
  private let pageOwners: Owners
  private let logs: FixedArray<StepLog>
  private let over = Atomic<Bool>(false)
  private let started = Atomic<UInt64>(0)
  private let ended = Atomic<Int>(0)
  private let pickCount = Atomic<UInt64>(0)
  private let claimCount = Atomic<UInt64>(0)

  public init(_ settings: RaceSettings) {
    self.settings = settings
    // More than can be held at once, so that a queue found empty is rare.
    let count = 2 * settings.cpus + 2
    queue = OmissibleLock(.runQueue, isReal: settings.isLocked, ReadyRing(count: count))
    pages = OmissibleLock(.frames, isReal: settings.isLocked, FreePages(count: count))
    processOwners = Owners(count: count)
    pageOwners = Owners(count: count)
    logs = FixedArray(count: settings.cpus) { _ in StepLog() }
  }

  /// Picks and claims so far.
  public var picks: UInt64 { pickCount.load(ordering: .relaxed) }
  public var claims: UInt64 { claimCount.load(ordering: .relaxed) }

  /// Whether something was found.
  public var isOver: Bool { over.load(ordering: .acquiring) }

  /// Lets the CPUs that wait in `takePart` begin; the clock starts.
  public func start() { started.store(Machine.ticks(), ordering: .releasing) }

  /// A CPU's part, until its rounds are done or somebody has found something.
  ///
  /// - Parameter cpu: 0 ..< `settings.cpus`, each once
  /// - Returns: the finding, for the one CPU that is to report it; and whether this CPU was the last to end.
  public func takePart(_ cpu: Int) -> (finding: Finding?, isLast: Bool) {
    while started.load(ordering: .acquiring) == 0 { Machine.pause() }
    let delays = SeededDelays(seed: settings.seed, cpu: cpu)
    let share = settings.rounds / UInt64(settings.cpus) + (UInt64(cpu) < settings.rounds % UInt64(settings.cpus) ? 1 : 0)
    var left = share
    var found: Finding?
    while left > 0, !over.load(ordering: .relaxed) {
      left &-= 1
      if let finding = round(cpu, delays), !over.exchange(true, ordering: .acquiringAndReleasing) { found = finding }
    }
    return (found, ended.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue == settings.cpus)
  }

  /// The last steps of `cpu`, oldest first.
  public func forEachStep(of cpu: Int, _ body: (LoggedStep) -> Void) { logs[cpu].forEach(body) }

  private var clock: UInt64 { Machine.ticks() &- started.load(ordering: .relaxed) }

  /// Into the operating system for a process and a page, out of it, and back in to return them.
  private func round(_ cpu: Int, _ delays: SeededDelays) -> Finding? {
    if settings.isLocked { BigKernelLock.enter() }
    let taken = take(cpu, delays)
    if settings.isLocked { BigKernelLock.leave() }
    if let finding = taken.finding { return finding }
    delays.maybe()
    if settings.isLocked { BigKernelLock.enter() }
    if let page = taken.page { giveBack(page: page, cpu, delays) }
    if let process = taken.process { giveBack(process: process, cpu, delays) }
    if settings.isLocked { BigKernelLock.leave() }
    return nil
  }

  private func take(_ cpu: Int, _ delays: SeededDelays) -> (process: Int?, page: Int?, finding: Finding?) {
    func step(_ step: Step, _ value: UInt32) {
      logs[cpu].add(step, value, at: clock)
      delays.maybe()
    }
    guard let process = queue.withLock({ $0.take(step) }) else {
      step(.foundQueueEmpty, 0)
      Machine.pause()
      return (nil, nil, nil)
    }
    pickCount.wrappingAdd(1, ordering: .relaxed)
    let asOwner = Owner(cpu: cpu, time: clock)
    if let other = processOwners.claim(process, asOwner) {
      logs[cpu].add(.pickedProcess, UInt32(process), at: asOwner.time)
      return (nil, nil, Finding(thing: .process, number: process, first: other, second: asOwner))
    }
    step(.pickedProcess, UInt32(process))
    guard let page = pages.withLock({ $0.take(step) }) else {
      step(.foundListEmpty, 0)
      return (process, nil, nil)
    }
    claimCount.wrappingAdd(1, ordering: .relaxed)
    let owner = Owner(cpu: cpu, time: clock)
    if let other = pageOwners.claim(page, owner) {
      logs[cpu].add(.claimedPage, UInt32(page), at: owner.time)
      return (process, nil, Finding(thing: .page, number: page, first: other, second: owner))
    }
    step(.claimedPage, UInt32(page))
    return (process, page, nil)
  }

  private func giveBack(page: Int, _ cpu: Int, _ delays: SeededDelays) {
    pages.withLock { list in
      pageOwners.release(page)
      list.put(page)
    }
    logs[cpu].add(.gavePageBack, UInt32(page), at: clock)
    delays.maybe()
  }

  private func giveBack(process: Int, _ cpu: Int, _ delays: SeededDelays) {
    queue.withLock { ring in
      processOwners.release(process)
      ring.put(process)
    }
    logs[cpu].add(.gaveProcessBack, UInt32(process), at: clock)
    delays.maybe()
  }
}
