/// A discrete-event simulation of CPUs that run operations and meet at locks. The same seed gives the same result.
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
    var step = 0
    /// Has the lock of its step.
    var holds = false
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
  private var insideTime = 0.0

  init(_ model: LockSimulation, cpus count: Int) {
    self.model = model
    random = SeededRandom(seed: model.seed)
    cpus = Array(repeating: CPU(), count: count)
    locks = Array(repeating: Lock(), count: model.locks)
    for cpu in cpus.indices { begin(cpu) }
  }

  mutating func advance(until count: Int) {
    while ended < count, let event = events.pop() {
      now = event.time
      let cpu = event.cpu
      let steps = model.paths[cpus[cpu].path].steps
      if cpus[cpu].holds {
        release(cpu, steps[cpus[cpu].step].lock)
        cpus[cpu].step += 1
        think(cpu)
      } else if cpus[cpu].step < steps.count {
        request(cpu, steps[cpus[cpu].step].lock)
      } else {
        ended += 1
        begin(cpu)
      }
    }
  }

  /// Starts counting here.
  mutating func forget() {
    ended = 0
    insideTime = 0
    start = now
    for lock in locks.indices {
      locks[lock].area = 0
      locks[lock].since = now
    }
  }

  var result: Prediction {
    let elapsed = now - start
    let queues = locks.map { ($0.area + Double($0.present.count) * (now - $0.since)) / elapsed }
    let atLocks = queues.reduce(0, +)
    return Prediction(
      cpus: cpus.count, throughput: Double(ended) / elapsed, queueLengths: queues,
      waitingShare: max(0, atLocks - insideTime / elapsed) / Double(cpus.count))
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
    cpus[cpu].step = 0
    think(cpu)
  }

  private mutating func think(_ cpu: Int) {
    let path = model.paths[cpus[cpu].path]
    let mean = cpus[cpu].step < path.steps.count ? path.steps[cpus[cpu].step].outside : path.tail
    events.push(time: now + duration(mean), cpu: cpu)
  }

  private mutating func count(_ lock: Int) {
    locks[lock].area += Double(locks[lock].present.count) * (now - locks[lock].since)
    locks[lock].since = now
  }

  private mutating func request(_ cpu: Int, _ lock: Int) {
    count(lock)
    locks[lock].present.append(cpu)
    if locks[lock].present.count == 1 { hold(cpu, after: 0) }
  }

  private mutating func hold(_ cpu: Int, after delay: Double) {
    cpus[cpu].holds = true
    let inside = duration(model.paths[cpus[cpu].path].steps[cpus[cpu].step].inside)
    insideTime += inside
    events.push(time: now + delay + inside, cpu: cpu)
  }

  private mutating func release(_ cpu: Int, _ lock: Int) {
    count(lock)
    let present = locks[lock].present.count
    cpus[cpu].holds = false
    locks[lock].present.removeFirst()
    guard present > 1 else { return }
    if model.handOff == .testAndSet {
      locks[lock].present.swapAt(0, Int(random.next() % UInt64(present - 1)))
    }
    hold(locks[lock].present[0], after: model.handOff.cost(present: present, lineTransfer: model.lineTransfer))
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
