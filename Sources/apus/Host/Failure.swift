/// The statuses `apus` ends with when it does not end with the guest command's own.
enum ExitStatus {
  /// The experiment `lab race` found two CPUs with the same process or page.
  static let finding: Int32 = 3
  /// Wrong arguments (`EX_USAGE` of sysexits.h).
  static let usage: Int32 = 64
  /// A root, program or file that is missing or broken (`EX_NOINPUT`).
  static let noInput: Int32 = 66
  /// The kernel panicked or the machine reset itself (`EX_SOFTWARE`).
  static let panic: Int32 = 70
  /// `--timeout` ran out, as timeout(1) has it.
  static let timeout: Int32 = 124
  /// The tool itself could not do its work: no QEMU, a build that fails.
  static let tool: Int32 = 125
}

/// Why the tool gives up: one line for the user, and the status to end with.
struct Failure: Error {
  let status: Int32
  let message: String

  init(_ message: String, status: Int32 = ExitStatus.tool) {
    self.message = message
    self.status = status
  }

  /// A failure of the C library, with the reason that `errno` holds.
  static func system(_ what: String, status: Int32 = ExitStatus.tool) -> Failure {
    Failure("\(what): \(Host.errorText())", status: status)
  }
}
