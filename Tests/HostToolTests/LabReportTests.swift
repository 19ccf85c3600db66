import Testing

@testable import apus

/// What the tool reads from the kernel's experiments.
@Suite struct LabReportTests {
  private let experiment = RaceExperiment(kernel: "", cpus: 2, seed: 9, locks: "none", rounds: 10)

  @Test func aFindingIsRead() throws {
    let log = """
      RACE page 3 1 320 0 384
      RACE step 1 288 reads-next-page 4294967295
      RACE step 1 320 claims-page 3
      RACE step 0 384 claims-page 3
      RACE end 12 11

      """
    let report = try #require(RaceReport(log: log, of: experiment))
    let finding = RaceReport.Finding(
      thing: "page", number: 3, first: .init(cpu: 1, time: 10), second: .init(cpu: 0, time: 12))
    #expect(report.finding == finding)
    #expect(report.steps.map { $0.name } == ["reads next page", "claims page", "claims page"])
    #expect(report.steps[0].value == -1)
    #expect(report.picks == 12)
    #expect(report.claims == 11)
    #expect(report.text.contains("two CPUs hold page 3\n  CPU 1 took it at instruction 10 and still has it\n"))
    #expect(report.json.contains("\"finding\": {\"thing\": \"page\", \"number\": 3"))
  }

  @Test func nothingFoundIsRead() throws {
    let report = try #require(RaceReport(log: "RACE none 10 10\n", of: experiment))
    #expect(report.finding == nil)
    #expect(report.text.contains("nothing found in 10 picks"))
    #expect(report.json.contains("\"finding\": null"))
  }

  @Test func aLogThatStopsIsNoReport() {
    #expect(RaceReport(log: "RACE page 3 1 320 0 384\n", of: experiment) == nil)
    #expect(RaceReport(log: "", of: experiment) == nil)
  }

  @Test func theOrderIsLaidOutByLevels() {
    let graph = LockOrderGraph("a b 0x10\nb c 0x20\na c 0x30\nc c 0x40\nnonsense\n")
    #expect(graph.edges.count == 4)
    #expect(graph.levels == [["a"], ["b"], ["c"]])
    #expect(graph.dot.contains("\"a\" -> \"b\";"))
    #expect(graph.svg.contains("<title>c then c</title>"))
  }

  @Test func aCircleInTheOrderStillHasLevels() {
    #expect(LockOrderGraph("a b 0x10\nb a 0x20\n").levels.flatMap { $0 }.sorted() == ["a", "b"])
  }

  @Test func theWatchdogsReportHasABacktraceForEachCPU() {
    let log = """
      APUS PANIC: watchdog: CPU 1 takes no interrupts
      CPU 1 waits for device at 0x7f8000001000, held by CPU 0
      CPU 0 reports:
      #0x0 0x7f0000001000
      CPU 1 was here, with interrupts off:
      #0x0 0x7f0000002000
      #0x1 0x7f0000003000
      CPU 2 was in a user program
      APUS PANIC END
      """
    let report = PanicReport(log: log)
    #expect(report?.details == ["CPU 1 waits for device at 0x7f8000001000, held by CPU 0"])
    #expect(report?.addresses == [])
    #expect(report?.sections.map { $0.addresses.count } == [1, 2, 0])
  }
}
