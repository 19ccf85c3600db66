import Testing

@testable import Lab

/// The models against each other, and against what can be worked out by hand.
@Suite struct ModelTests {
  static let counts = [1, 2, 4, 8, 16, 32, 64]

  /// Greatest relative difference of throughput between the simulation and `expected`, over `counts`.
  static func worst(_ simulation: LockSimulation, _ expected: (Int) -> Double) -> Double {
    counts.map { cpus in
      let value = expected(cpus)
      return abs(simulation.run(cpus: cpus, operations: 60_000).throughput - value) / value
    }.max()!
  }

  @Test func oneLockAgreesWithMeanValueAnalysis() {
    let path = OperationPath(steps: [.init(outside: 700, inside: 100, lock: 0)], tail: 200)
    let exact = MeanValueAnalysis(path, locks: 1).predictions(upTo: 64)
    let simulation = LockSimulation(paths: [path], locks: 1, times: .exponential, seed: 7)
    let error = Self.worst(simulation) { exact[$0 - 1].throughput }
    print("simulation against mean value analysis, one lock: \(error * 100) %")
    #expect(error < 0.02)
  }

  @Test func threeLocksAgreeWithMeanValueAnalysis() {
    let steps: [OperationPath.Step] = [
      .init(outside: 500, inside: 60, lock: 0), .init(outside: 300, inside: 90, lock: 1),
      .init(outside: 100, inside: 30, lock: 2),
    ]
    let path = OperationPath(steps: steps, tail: 400)
    let exact = MeanValueAnalysis(path, locks: 3).predictions(upTo: 64)
    let simulation = LockSimulation(paths: [path], locks: 3, times: .exponential, seed: 11)
    let error = Self.worst(simulation) { exact[$0 - 1].throughput }
    print("simulation against mean value analysis, three locks: \(error * 100) %")
    #expect(error < 0.02)
    // Queues too, where they are long enough to be measured well.
    let sixteen = simulation.run(cpus: 16, operations: 60_000)
    #expect(abs(sixteen.queueLengths[1] - exact[15].queueLengths[1]) / exact[15].queueLengths[1] < 0.05)
    #expect(abs(sixteen.waitingShare - exact[15].waitingShare) < 0.02)
  }

  /// The chain without a transfer cost is the machine repairman.
  @Test func theChainIsTheRepairmanWhenTransfersAreFree() {
    let chain = TicketCollapse(think: 900, serial: 100, lineTransfer: 0)
    let exact = MeanValueAnalysis(think: 900, demands: [100]).predictions(upTo: 64)
    for cpus in Self.counts {
      let (a, b) = (chain.prediction(cpus: cpus), exact[cpus - 1])
      #expect(abs(a.throughput - b.throughput) / b.throughput < 1e-9)
      #expect(abs(a.queueLengths[0] - b.queueLengths[0]) < 1e-6)
      #expect(abs(a.waitingShare - b.waitingShare) < 1e-9)
    }
  }

  /// The simulation's hand-over is fixed and counts who was there at the release; the chain's is exponential and follows
  /// who is there now. So they need not agree exactly: 1 % (queue), 3 % (ticket) and 5 % (test-and-set) were seen.
  @Test(arguments: HandOff.allCases) func handOversAgreeWithTheChain(_ handOff: HandOff) {
    let path = OperationPath(steps: [.init(outside: 9_000, inside: 300, lock: 0)])
    let chain = TicketCollapse(think: 9_000, serial: 300, lineTransfer: 100, handOff: handOff)
    let simulation = LockSimulation(
      paths: [path], locks: 1, handOff: handOff, lineTransfer: 100, times: .exponential, seed: 3)
    let error = Self.worst(simulation) { chain.prediction(cpus: $0).throughput }
    print("simulation against the chain, \(handOff.rawValue): \(error * 100) %")
    #expect(error < 0.08)
  }

  @Test func ticketsCollapseAndQueuesDoNot() {
    func throughput(_ handOff: HandOff, _ cpus: Int) -> Double {
      TicketCollapse(think: 9_000, serial: 300, lineTransfer: 100, handOff: handOff).prediction(cpus: cpus).throughput
    }
    let ticket = (1...64).map { throughput(.ticket, $0) }
    #expect(ticket[63] < ticket.max()! / 2)
    #expect(ticket.firstIndex(of: ticket.max()!)! < 40)
    let queue = (1...64).map { throughput(.queue, $0) }
    #expect(queue[63] > 0.99 * queue.max()!)
    #expect(throughput(.testAndSet, 64) < ticket[63])
  }

  @Test func theKneeIsWhereTheBusiestLockIsFull() {
    let model = MeanValueAnalysis(think: 800, demands: [50, 150])
    #expect(abs(model.knee! - 1000.0 / 150) < 1e-12)
    #expect(MeanValueAnalysis(think: 800, demands: []).knee == nil)
    #expect(abs(model.predictions(upTo: 64)[63].throughput * 150 - 1) < 0.01)
  }

  /// Two CPUs with fixed times that fit beside each other never wait, after they have met once.
  @Test func measuredTimesAreKept() {
    let path = OperationPath(steps: [.init(outside: 500, inside: 500, lock: 0)])
    let two = LockSimulation(paths: [path], locks: 1).run(cpus: 2, operations: 10_000)
    #expect(abs(two.throughput - 2.0 / 1000) < 1e-6)
    #expect(two.waitingShare < 1e-3)
    let three = LockSimulation(paths: [path], locks: 1).run(cpus: 3, operations: 10_000)
    #expect(abs(three.throughput - 1.0 / 500) < 1e-6)
    #expect(abs(three.waitingShare - 1.0 / 3) < 1e-3)
  }

  @Test func theSameSeedGivesTheSameResult() {
    let path = OperationPath(steps: [.init(outside: 500, inside: 100, lock: 0)])
    func run(_ seed: UInt64) -> Double {
      LockSimulation(paths: [path], locks: 1, handOff: .testAndSet, lineTransfer: 20, times: .exponential, seed: seed)
        .run(cpus: 8, operations: 5_000).throughput
    }
    #expect(run(1) == run(1))
    #expect(run(1) != run(2))
  }

  /// No lock can be more than full, though one operation in a hundred is a hundred times as long as the others.
  @Test func rareLongOperationsDoNotShiftTheMean() {
    let short = OperationPath(steps: [.init(outside: 900, inside: 100, lock: 0)])
    let long = OperationPath(steps: [.init(outside: 90_000, inside: 10_000, lock: 0)])
    let paths = [OperationPath](repeating: short, count: 99) + [long]
    let full = 100.0 / (99 * 100 + 10_000)
    let result = LockSimulation(paths: paths, locks: 1).run(cpus: 64, operations: 40_000)
    #expect(abs(result.throughput - full) / full < 0.02)
  }

  // MARK: Locks in each other

  /// The inner lock always inside the outer one: it is never waited for, and the outer one alone decides.
  @Test func anInnerLockThatIsNeverAloneCostsNothing() {
    let nested = OperationPath(
      actions: [.run(600), .take(0), .run(50), .take(1), .run(100), .give(1), .run(50), .give(0)])
    let outer = OperationPath(steps: [.init(outside: 600, inside: 200, lock: 0)])
    #expect(nested.demands(locks: 2) == [200, 100])
    #expect(nested.think == 600 && nested.alone == 800)
    for cpus in [2, 8, 32] {
      func run(_ path: OperationPath) -> Prediction {
        LockSimulation(paths: [path], locks: 2).run(cpus: cpus, operations: 20_000)
      }
      let (both, one) = (run(nested), run(outer))
      #expect(abs(both.throughput - one.throughput) / one.throughput < 0.001)
      #expect(both.queueLengths[1] <= 1)
    }
    // The closed form has the same limit, and the same knee.
    let model = MeanValueAnalysis(nested, locks: 2)
    #expect(model.knee == 4)
    #expect(model.predictions(upTo: 64)[63].throughput <= 1 / 200)
    #expect(abs(model.predictions(upTo: 1)[0].throughput - 1.0 / 800) < 1e-12)
  }

  /// A CPU that waits for an inner lock keeps its outer one meanwhile. Paths of the first kind hold A and want B, those of
  /// the second hold B for long: that A is busy is B's doing, and more so than its own holders' work can tell.
  @Test func whoWaitsForAnInnerLockKeepsTheOuterOne() {
    let nested = OperationPath(actions: [.run(500), .take(0), .run(50), .take(1), .run(50), .give(1), .give(0)])
    let other = OperationPath(steps: [.init(outside: 500, inside: 1500, lock: 1)])
    let apart = OperationPath(steps: [.init(outside: 500, inside: 50, lock: 0), .init(outside: 0, inside: 50, lock: 1)])
    func queues(_ paths: [OperationPath]) -> [Double] {
      LockSimulation(paths: paths, locks: 2, times: .exponential, seed: 2).run(cpus: 4, operations: 40_000).queueLengths
    }
    #expect(queues([nested, other])[0] > 4 * queues([apart, other])[0])
  }

  /// Taken in both orders: in the kernel only by trying, so the simulation passes the lock over and goes on.
  @Test func aCircleIsPassedOver() {
    let paths = [
      OperationPath(actions: [.run(10), .take(0), .run(10), .take(1), .run(10), .give(1), .give(0)]),
      OperationPath(actions: [.run(10), .take(1), .run(10), .take(0), .run(10), .give(0), .give(1)]),
    ]
    let result = LockSimulation(paths: paths, locks: 2, times: .exponential).run(cpus: 8, operations: 20_000)
    #expect(result.throughput > 1.0 / 60 && result.throughput < 2.0 / 20)
    #expect(result.waitingShare > 0.5)
  }
}
