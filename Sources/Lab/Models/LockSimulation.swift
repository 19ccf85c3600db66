/// A discrete-event simulation of CPUs that run operations and meet at locks. The same seed gives the same result.
///
/// A CPU waits for a lock with those that it has: who wants one of them waits as well. A lock that a CPU could never get,
/// since its holder waits for what the CPU has, is passed over: paths come from a kernel in which that cannot happen but
/// where a lock is taken against the order by trying.
public struct LockSimulation: Sendable {
  public enum Times: Sendable {
    /// Each step takes exactly what the path says.
    case measured
    /// Exponentially distributed with the path's times as means.
    case exponential
  }

  /// What operations look like. CPUs take them in random order, each once before any comes again.
  public var paths: [OperationPath]
  public var locks: Int
  public var handOff: HandOff
  /// What the transfer of a cache line between two CPUs takes, in the paths' unit.
  public var lineTransfer: Double
  public var times: Times
  public var seed: UInt64

  public init(
    paths: [OperationPath], locks: Int, handOff: HandOff = .ticket, lineTransfer: Double = 0,
    times: Times = .measured, seed: UInt64 = 1
  ) {
    self.paths = paths
    self.locks = locks
    self.handOff = handOff
    self.lineTransfer = lineTransfer
    self.times = times
    self.seed = seed
  }

  /// Runs until `operations` have ended; a tenth of as many before them are not counted.
  /// Needs at least one path, and paths that take time.
  public func run(cpus: Int, operations: Int = 100_000) -> Prediction {
    var state = Run(self, cpus: cpus)
    state.advance(until: operations / 10)
    state.forget()
    state.advance(until: operations)
    return state.result
  }
}

/// One run's state.
private struct Run {
  private struct CPU {
    var path = 0
    /// The next of the path's actions.
    var next = 0
    var held: [Int] = []
    var waitsFor: Int?
  }
  private struct Lock {
    /// The holder first.
    var present: [Int] = []
    var since = 0.0
    /// Time × CPUs at the lock.
    var area = 0.0
  }

  private let model: LockSimulation
  private var random: SeededRandom
  private var cpus: [CPU]
  private var locks: [Lock]
  private var events = EventQueue()
  /// Paths not yet taken in this round. A few long ones weigh much: were each drawn alone, chance would shift the mean.
  private var deck: [Int] = []
  private var now = 0.0, start = 0.0
  private var ended = 0
  private var running = 0.0

  init(_ model: LockSimulation, cpus count: Int) {
    self.model = model
    random = SeededRandom(seed: model.seed)
    cpus = Array(repeating: CPU(), count: count)
    locks = Array(repeating: Lock(), count: model.locks)
    for cpu in cpus.indices {
      begin(cpu)
      proceed(cpu)
    }
  }

  mutating func advance(until count: Int) {
    while ended < count, let event = events.pop() {
      now = event.time
      proceed(event.cpu)
    }
  }

  /// Starts counting here.
  mutating func forget() {
    ended = 0
    running = 0
    start = now
    for lock in locks.indices {
      locks[lock].area = 0
      locks[lock].since = now
    }
  }

  var result: Prediction {
    let elapsed = now - start
    let queues = locks.map { ($0.area + Double($0.present.count) * (now - $0.since)) / elapsed }
    return Prediction(
      cpus: cpus.count, throughput: Double(ended) / elapsed, queueLengths: queues,
      waitingShare: max(0, 1 - running / (elapsed * Double(cpus.count))))
  }

  private mutating func duration(_ mean: Double) -> Double {
    switch model.times {
    case .measured: mean
    case .exponential: mean > 0 ? random.exponential(mean: mean) : 0
    }
  }

  private mutating func begin(_ cpu: Int) {
    if deck.isEmpty { deck = model.paths.indices.shuffled(using: &random) }
    cpus[cpu].path = deck.removeLast()
    cpus[cpu].next = 0
  }

  /// Does the CPU's actions until one takes time.
  private mutating func proceed(_ cpu: Int) {
    while true {
      let actions = model.paths[cpus[cpu].path].actions
      guard cpus[cpu].next < actions.count else {
        ended += 1
        begin(cpu)
        // The end is an event of its own, so that a count of operations ends between two.
        events.push(time: now, cpu: cpu)
        return
      }
      let action = actions[cpus[cpu].next]
      cpus[cpu].next += 1
      switch action {
      case .run(0): break
      case .run(let mean):
        let time = duration(mean)
        running += time
        events.push(time: now + time, cpu: cpu)
        return
      case .take(let lock): if take(cpu, lock) { return }
      case .give(let lock): give(cpu, lock)
      }
    }
  }

  private mutating func count(_ lock: Int) {
    locks[lock].area += Double(locks[lock].present.count) * (now - locks[lock].since)
    locks[lock].since = now
  }

  /// Answers whether the CPU must wait; the lock's holder then makes it go on.
  private mutating func take(_ cpu: Int, _ lock: Int) -> Bool {
    if closesCircle(cpu, lock) { return false }
    count(lock)
    locks[lock].present.append(cpu)
    guard locks[lock].present.count > 1 else {
      cpus[cpu].held.append(lock)
      return false
    }
    cpus[cpu].waitsFor = lock
    return true
  }

  /// Whether a wait of `cpu` for `lock` would never end, since it has what the lock's holder waits for, however far off.
  private func closesCircle(_ cpu: Int, _ lock: Int) -> Bool {
    var lock = lock
    while let holder = locks[lock].present.first {
      if holder == cpu { return true }
      guard let next = cpus[holder].waitsFor else { return false }
      lock = next
    }
    return false
  }

  private mutating func give(_ cpu: Int, _ lock: Int) {
    // Not had, where taking it would have closed a circle.
    guard let index = cpus[cpu].held.lastIndex(of: lock) else { return }
    cpus[cpu].held.remove(at: index)
    count(lock)
    let present = locks[lock].present.count
    locks[lock].present.removeFirst()
    guard present > 1 else { return }
    if model.handOff == .testAndSet {
      locks[lock].present.swapAt(0, Int(random.next() % UInt64(present - 1)))
    }
    let next = locks[lock].present[0]
    cpus[next].held.append(lock)
    cpus[next].waitsFor = nil
    events.push(time: now + model.handOff.cost(present: present, lineTransfer: model.lineTransfer), cpu: next)
  }
}

/// Events by time; those of one time in the order in which they were put in, so that runs repeat exactly.
private struct EventQueue {
  struct Event {
    var time: Double
    var number: Int
    var cpu: Int
    static func < (a: Event, b: Event) -> Bool { a.time < b.time || (a.time == b.time && a.number < b.number) }
  }
  private var heap: [Event] = []
  private var number = 0

  mutating func push(time: Double, cpu: Int) {
    heap.append(Event(time: time, number: number, cpu: cpu))
    number += 1
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> Event? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] {
        least = child
      }
      if least == parent { return first }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
