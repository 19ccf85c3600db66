import Testing

@testable import Lab

/// The chain and the simulation against a published collapse: Exim with Linux's ticket locks on 48 cores
/// (Boyd-Wickizer et al. 2012). docs/lab.md says where each figure is from, and which of them could not be looked up.
@Suite struct EximTests {
  /// What was measured, in messages a second.
  static let peak = (cpus: 26, throughput: 8_957.0), end = (cpus: 48, throughput: 1_680.0)
  static let shareLeft = end.throughput / peak.throughput

  /// One operation on one core, in cycles, and its contended lock: the paper's table of single-core measurements, from
  /// memory (no copy could be reached).
  static let operation = 1_156_000.0, acquisitions = 58.0, serial = 165.0
  /// The table states this share as well, so the three above belong together.
  static let statedShare = 0.008
  static let clock = 2.4
  /// A memory access of such machines, in ns. It takes as long as the slowest snoop response, so as a transaction for a
  /// line: 54 ns is McCalpin's least for four sockets (Family 10h, rev. D0), 98 ns AnandTech's for the Opteron 6174.
  static let fastest = 54.0 * clock, slowest = 98.0 * clock
  static let transfer = (fastest * slowest).squareRoot()

  static var think: Double { operation / acquisitions - serial }

  static func chain(_ transfer: Double) -> TicketCollapse {
    TicketCollapse(think: think, serial: serial, lineTransfer: transfer)
  }

  /// Operations per time over those of one core.
  static func speedUps(_ transfer: Double) -> [Double] {
    (1...48).map { chain(transfer).prediction(cpus: $0).throughput * (think + serial) }
  }

  static func peak(_ values: [Double]) -> Int { values.indices.max { values[$0] < values[$1] }! + 1 }

  @Test func theTableAgreesWithItself() {
    #expect(abs(Self.acquisitions * Self.serial / Self.operation - Self.statedShare) < 0.0005)
  }

  /// Nothing is fitted: parameters of one core and the machine's latency give where it collapses, and how far.
  @Test func theChainPredictsTheCollapse() {
    let speedUps = Self.speedUps(Self.transfer)
    let most = Self.peak(speedUps)
    let left = speedUps[47] / speedUps[most - 1]
    print("Exim, chain: peak at \(most) CPUs (26), \(left) of it left at 48 (\(Self.shareLeft)), transfer \(Self.transfer)")
    print("Exim, chain: at 26 CPUs \(speedUps[25] / speedUps[most - 1]) of the peak (1)")
    #expect(abs(most - Self.peak.cpus) <= 2)
    #expect(abs(left - Self.shareLeft) / Self.shareLeft < 0.15)
    #expect(speedUps[25] > 0.95 * speedUps[most - 1])
  }

  /// What the doubt about the latency makes of it.
  @Test func theLatencysRangeBracketsTheMeasurement() {
    let (few, many) = (Self.speedUps(Self.fastest), Self.speedUps(Self.slowest))
    let lefts = [few, many].map { $0[47] / $0.max()! }
    print("Exim, chain: peaks at \(Self.peak(few)) and \(Self.peak(many)) CPUs, left \(lefts) at 48")
    #expect(Self.peak(many) < Self.peak.cpus && Self.peak.cpus < Self.peak(few))
    #expect(lefts[1] < Self.shareLeft && Self.shareLeft < lefts[0])
    #expect(Self.peak(few) - Self.peak(many) < 12)
  }

  /// Without the paper's table: told nothing but that the peak is at 26, the chain says what is left at 48, for a serial
  /// section of half to twice the line's transfer.
  @Test func thePeaksPlaceTellsTheDepth() throws {
    for (serial, range) in [(0.5, 0.16...0.19), (1.0, 0.18...0.21), (2.0, 0.23...0.26)] {
      // The think time with its peak at 26 is looked for.
      let found = stride(from: 60.0, to: 200.0, by: 0.5).first { think in
        Self.peak((1...48).map { TicketCollapse(think: think, serial: serial, lineTransfer: 1).prediction(cpus: $0).throughput })
          == Self.peak.cpus
      }
      let chain = TicketCollapse(think: try #require(found), serial: serial, lineTransfer: 1)
      let left = chain.prediction(cpus: 48).throughput / chain.prediction(cpus: 26).throughput
      print("Exim, peak at 26: \(left) left at 48 with a serial section of \(serial) transfers (\(Self.shareLeft))")
      #expect(range.contains(left))
    }
  }

  /// The simulation's hand-overs do not vary, so it goes over the edge later than the chain; beyond the edge they agree.
  @Test func theSimulationCollapsesToo() {
    let path = OperationPath(steps: [.init(outside: Self.think, inside: Self.serial, lock: 0)])
    let simulation = LockSimulation(
      paths: [path], locks: 1, handOff: .ticket, lineTransfer: Self.transfer, times: .exponential, seed: 5)
    let counts = [20, 24, 26, 28, 30, 34, 48]
    let values = counts.map { simulation.run(cpus: $0, operations: 150_000).throughput }
    let best = values.indices.max { values[$0] < values[$1] }!
    let left = values.last! / values[best]
    print("Exim, simulation: peak at \(counts[best]) CPUs (26), \(left) of it left at 48 (\(Self.shareLeft))")
    #expect((24...30).contains(counts[best]))
    #expect(abs(left - Self.shareLeft) / Self.shareLeft < 0.25)
  }

  /// The lock that the paper put in its place does not collapse.
  @Test func aQueueDoesNotCollapse() {
    let queue = TicketCollapse(think: Self.think, serial: Self.serial, lineTransfer: Self.transfer, handOff: .queue)
    #expect(queue.prediction(cpus: 48).throughput > 0.95 * (1...48).map { queue.prediction(cpus: $0).throughput }.max()!)
  }

  @Test func theDefaultTransferIsItsSources() {
    #expect(abs(LineTransfer.iceLake.cycles - LineTransfer.defaultInstructions) < 5)
  }
}
