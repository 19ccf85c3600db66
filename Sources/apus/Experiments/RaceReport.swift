import Lab

/// What came of `lab race`, read from the kernel's log (Kernel/Experiments/RaceRun.swift writes it).
struct RaceReport: Equatable {
  struct Taking: Equatable {
    var cpu: Int
    /// In instructions of all CPUs together since they began.
    var time: UInt64
  }
  struct Finding: Equatable {
    /// `process` or `page`.
    var thing: String
    var number: Int
    var first: Taking
    var second: Taking
  }
  struct Step: Equatable {
    var cpu: Int
    var time: UInt64
    var name: String
    var value: Int
  }

  var cpus: Int
  var seed: UInt64
  var locks: String
  var finding: Finding?
  /// Of the two CPUs of the finding, oldest first.
  var steps: [Step] = []
  var picks: UInt64 = 0
  var claims: UInt64 = 0

  /// nil when the log does not say how it ended.
  init?(log: String, of experiment: RaceExperiment) {
    (cpus, seed, locks) = (experiment.cpus, experiment.seed, experiment.locks)
    var isComplete = false
    for line in log.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      guard words.count >= 4, words[0] == "RACE" else { continue }
      let numbers = words.map { UInt64($0) ?? 0 }
      func taking(_ index: Int) -> Taking {
        Taking(cpu: Int(clamping: numbers[index]), time: numbers[index + 1] >> UInt64(RaceExperiment.countShift))
      }
      switch words[1] {
      case "process", "page":
        guard words.count == 7 else { return nil }
        finding = Finding(
          thing: String(words[1]), number: Int(clamping: numbers[2]), first: taking(3), second: taking(5))
      case "step":
        guard words.count == 6 else { return nil }
        let at = taking(2)
        // 2^32 - 1 is the end of the list.
        let value = numbers[5] == UInt64(UInt32.max) ? -1 : Int(clamping: numbers[5])
        steps.append(Step(cpu: at.cpu, time: at.time, name: String(words[4]).replacing("-", with: " "), value: value))
      case "none", "end":
        (picks, claims) = (numbers[2], numbers[3])
        isComplete = true
      default: break
      }
    }
    guard isComplete else { return nil }
    steps.sort { ($0.time, $0.cpu) < ($1.time, $1.cpu) }
  }

  var text: String {
    let setting = "\(cpus) CPU\(cpus == 1 ? "" : "s"), locks: \(locks), seed \(seed)"
    guard let finding else {
      return "\(setting): nothing found in \(picks) picks of a process and \(claims) claims of a page\n"
    }
    var text = """
      \(setting): two CPUs hold \(finding.thing) \(finding.number)
        CPU \(finding.first.cpu) took it at instruction \(finding.first.time) and still has it
        CPU \(finding.second.cpu) took it at instruction \(finding.second.time)

      Their last steps (instructions of all CPUs since they began):

      """
    let columns = [finding.first.cpu, finding.second.cpu]
    text += "".leftAligned(12) + "CPU \(columns[0])".leftAligned(30) + "CPU \(columns[1])\n"
    for step in steps {
      let what = "\(step.name) \(step.value < 0 ? "(none)" : "\(step.value)")"
      let indent = step.cpu == columns[0] ? "" : "".leftAligned(30)
      text += "\(step.time)".rightAligned(10) + "  " + indent + what + "\n"
    }
    return text + "\nFound after \(picks) picks of a process and \(claims) claims of a page.\n"
  }

  var json: String {
    var members = ["\"cpus\": \(cpus)", "\"locks\": \"\(locks)\"", "\"seed\": \(seed)", "\"picks\": \(picks)", "\"claims\": \(claims)"]
    func object(_ taking: Taking) -> String { "{\"cpu\": \(taking.cpu), \"instruction\": \(taking.time)}" }
    if let finding {
      members.append(
        "\"finding\": {\"thing\": \"\(finding.thing)\", \"number\": \(finding.number), "
          + "\"first\": \(object(finding.first)), \"second\": \(object(finding.second))}")
      let list = steps.map {
        "    {\"cpu\": \($0.cpu), \"instruction\": \($0.time), \"step\": \"\($0.name)\", \"value\": \($0.value)}"
      }
      members.append("\"steps\": [\n\(list.joined(separator: ",\n"))\n  ]")
    } else {
      members.append("\"finding\": null")
    }
    return "{\n  \(members.joined(separator: ",\n  "))\n}\n"
  }
}
