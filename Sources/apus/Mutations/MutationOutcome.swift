import Glibc

extension MutationRun.Outcome {
  /// One line, for a person.
  var line: String {
    let time = "\(Int(seconds)) s".rightAligned(6)
    if let problem { return "\(mutation.name.leftAligned(34)) \("broken".leftAligned(9)) \(time)  \(problem)" }
    guard let catcher else {
      let why = unasked > 0 ? "\(unasked) catchers were not asked" : mutation.excuse ?? "unexplained"
      return "\(mutation.name.leftAligned(34)) \("SURVIVED".leftAligned(9)) \(time)  \(why)"
    }
    return "\(mutation.name.leftAligned(34)) \(catcher.name.leftAligned(9)) \(time)  \(complaint)"
  }

  var json: String {
    let by = catcher.map { $0.name.quoted } ?? "null"
    return """
      {"name": \(mutation.name.quoted), "room": \(mutation.room.quoted), "breaks": \(mutation.breaks.quoted), "caught_by": \(by), \
      "complaint": \(complaint.quoted), "seconds": \(Int(seconds)), "not_asked": \(unasked), \
      "problem": \(problem.map(\.quoted) ?? "null"), "excuse": \(mutation.excuse.map(\.quoted) ?? "null"), \
      "text": \(mutation.fingerprint.quoted)}
      """
  }
}

extension String {
  /// The text as JSON has it.
  fileprivate var quoted: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\0"..."\u{1f}": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
