import Experiments
import Locking
import Machine

/// The race on this machine's CPUs: runs it, tells the host what came of it on the log, and ends the machine.
/// The lines are the host tool's to read (RaceReport.swift there).
final class RaceRun: @unchecked Sendable {
  let race: Race

  init(_ settings: RaceSettings) { race = Race(settings) }

  #if hasFeature(Embedded)
  func takePart() -> Never {
    BigKernelLock.leave()
    let (finding, isLast) = race.takePart(Machine.cpu)
    if let finding {
      tell(finding)
      end()
    }
    if isLast, !race.isOver {
      EarlyLog.write("RACE none")
      tellCounts()
      end()
    }
    Machine.haltForever()
  }

  private func tell(_ finding: Finding) {
    EarlyLog.write(finding.thing == .process ? "RACE process " : "RACE page ")
    EarlyLog.write(decimal: UInt64(finding.number))
    tell(finding.first)
    tell(finding.second)
    EarlyLog.write("\n")
    tell(stepsOf: finding.first.cpu)
    tell(stepsOf: finding.second.cpu)
    EarlyLog.write("RACE end")
    tellCounts()
  }

  private func tell(_ owner: Owner) {
    EarlyLog.write(" ")
    EarlyLog.write(decimal: UInt64(owner.cpu))
    EarlyLog.write(" ")
    EarlyLog.write(decimal: owner.time)
  }

  private func tell(stepsOf cpu: Int) {
    race.forEachStep(of: cpu) { step in
      EarlyLog.write("RACE step ")
      EarlyLog.write(decimal: UInt64(cpu))
      EarlyLog.write(" ")
      EarlyLog.write(decimal: step.time)
      EarlyLog.write(" ")
      EarlyLog.write(step.step.name)
      EarlyLog.write(" ")
      EarlyLog.write(decimal: UInt64(step.value))
      EarlyLog.write("\n")
    }
  }

  private func tellCounts() {
    EarlyLog.write(" ")
    EarlyLog.write(decimal: race.picks)
    EarlyLog.write(" ")
    EarlyLog.write(decimal: race.claims)
    EarlyLog.write("\n")
  }

  private func end() -> Never {
    PortIO.write32(0xf4, 0x10)
    Machine.haltForever()
  }
  #endif
}
