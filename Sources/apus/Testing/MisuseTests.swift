/// That the checked kernel notices misuses of freed memory, made on purpose by one CPU with what another one freed, and
/// names both.
enum MisuseTests {
  static let group = TestGroup("misuse", [
    ("a write to a freed heap object", { try finds("heap-write", "heap object written after it was freed", isFreed: true) }),
    ("a heap object freed twice", { try finds("heap-twice", "heap object freed twice", isFreed: true) }),
    ("a heap object overrun", { try finds("heap-overrun", "heap object overrun", isFreed: false) }),
    ("a write to a free frame", { try finds("frame-write", "free frame written to", isFreed: true) }),
    ("a frame released twice", { try finds("frame-twice", "release of a free frame", isFreed: true) }),
  ])

  private static func finds(_ experiment: String, _ message: String, isFreed: Bool) throws {
    let result = try Tool.guest(["true"], options: ["--append", "experiment=misuse-\(experiment)", "--cpus", "2"])
    try expect("status (\(result.everything))", result.end, is: .exited(ExitStatus.panic))
    try expect("message", result.errorText, contains: message)
    guard isFreed else { return }
    try expect("who freed it", result.errorText, contains: "CPU 0 freed it here")
    try expect("who freed it", result.errorText, contains: "MadeMisuse.begin")
  }
}
