/// The tool as its users meet it: started as a program.
enum Tool {
  /// Runs `apus` with these arguments.
  static func run(_ arguments: [String], input: [UInt8] = [], timeout: Double = 60) throws -> Subprocess.Result {
    try Subprocess.run(["/proc/self/exe"].map(Files.realPath) + arguments, input: input, timeout: timeout)
  }

  /// `apus run` of a guest command, on the checked kernel or the ordinary one.
  static func guest(
    _ command: [String], options: [String] = [], input: [UInt8] = [], timeout: Double = 30, checked: Bool = true
  ) throws -> Subprocess.Result {
    let limit = ["--timeout", "\(timeout)"]
    let machine = ["--accel", "tcg"] + (checked ? ["--checked"] : [])
    return try run(["run"] + machine + limit + options + ["--"] + command, input: input, timeout: timeout + 30)
  }

  /// A shell command line of the host, with `apus` in `$APUS`.
  static func shell(_ line: String, timeout: Double = 120) throws -> Subprocess.Result {
    let tool = Files.realPath("/proc/self/exe")
    return try Subprocess.run(
      ["sh", "-c", "APUS=$1; RUN=\"$APUS run --accel tcg --checked --timeout 30\"; cd \"$2\"; \(line)", "sh", tool, Places.repository],
      timeout: timeout)
  }
}
