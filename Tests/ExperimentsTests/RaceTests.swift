import Glibc
import HostMachine
import Testing

@testable import Experiments

/// The experiment on the host, where a thread stands in for a CPU.
@Suite(.serialized) struct RaceTests {
  /// Runs it with a thread for each CPU; answers what was found, and the race.
  private func run(_ settings: RaceSettings) -> (findings: [Finding], lasts: Int, race: Race) {
    let race = Race(settings)
    let crew = Crew(0...settings.cpus - 1) { race.takePart($0) }
    race.start()
    let results = crew.join()
    return (results.compactMap { $0.finding }, results.count { $0.isLast }, race)
  }

  @Test func withoutLocksTheRaceIsFound() {
    // The host's own scheduling decides, so several tries; each has millions of chances.
    for seed in 1...20 as ClosedRange<UInt64> {
      let (findings, lasts, race) = run(RaceSettings(cpus: 2, seed: seed, rounds: 1_000_000, isLocked: false))
      #expect(lasts == 1)
      guard let finding = findings.first else { continue }
      #expect(findings.count == 1)
      #expect(finding.first.cpu != finding.second.cpu)
      var last: LoggedStep?
      race.forEachStep(of: finding.second.cpu) { last = $0 }
      #expect(last?.time == finding.second.time)
      #expect(last?.value == UInt32(finding.number))
      #expect(last?.step == (finding.thing == .process ? .pickedProcess : .claimedPage))
      return
    }
    Issue.record("no race in 20 million rounds without locks")
  }

  @Test func withALockNothingIsFound() {
    for seed in 1...3 as ClosedRange<UInt64> {
      let (findings, lasts, race) = run(RaceSettings(cpus: 4, seed: seed, rounds: 100_000, isLocked: true))
      #expect(findings == [])
      #expect(lasts == 1)
      #expect(race.picks == 100_000)
      #expect(race.claims == 100_000)
    }
  }

  @Test func onOneCPUItCannotHappen() {
    let (findings, _, race) = run(RaceSettings(cpus: 1, seed: 7, rounds: 100_000, isLocked: false))
    #expect(findings == [])
    #expect(race.picks == 100_000)
  }

  @Test func anOwnerWordTellsWhoWasFirst() {
    let owners = Owners(count: 3)
    #expect(owners.claim(1, Owner(cpu: 254, time: 77)) == nil)
    #expect(owners.claim(1, Owner(cpu: 0, time: 80)) == Owner(cpu: 254, time: 77))
    #expect(owners.claim(2, Owner(cpu: 0, time: 81)) == nil)
    owners.release(1)
    #expect(owners.claim(1, Owner(cpu: 0, time: 90)) == nil)
  }

  @Test func theQueueAndTheListGiveEverythingOnce() {
    let ring = ReadyRing(count: 5)
    #expect((0..<6).map { _ in ring.take { _, _ in } } == [0, 1, 2, 3, 4, nil])
    ring.put(3)
    #expect(ring.take { _, _ in } == 3)
    let pages = FreePages(count: 3)
    #expect((0..<4).map { _ in pages.take { _, _ in } } == [0, 1, 2, nil])
    pages.put(2)
    pages.put(0)
    #expect((0..<3).map { _ in pages.take { _, _ in } } == [0, 2, nil])
  }

  /// The interleaving itself, by hand: the second takes between the first one's read and its write.
  @Test func twoInterleavedTakesGetTheSameProcess() {
    let ring = ReadyRing(count: 4)
    var second: Int?
    let first = ring.take { step, _ in if step == .readQueueSlot { second = ring.take { _, _ in } } }
    #expect(first == 0)
    #expect(second == 0)
  }

  @Test func theLogKeepsTheLastSteps() {
    let log = StepLog()
    for number in 0..<40 as Range<UInt32> { log.add(.claimedPage, number, at: UInt64(number)) }
    var values: [UInt32] = []
    log.forEach { values.append($0.value) }
    #expect(values == Array(28..<40))
  }

  @Test func aSeedIsAScheduleOfItsOwn() {
    func draws(_ seed: UInt64, _ cpu: Int) -> [UInt64] {
      let delays = SeededDelays(seed: seed, cpu: cpu)
      return (0..<8).map { _ in delays.next() }
    }
    #expect(draws(1, 0) == draws(1, 0))
    #expect(draws(1, 0) != draws(2, 0))
    #expect(draws(1, 0) != draws(1, 1))
  }
}
