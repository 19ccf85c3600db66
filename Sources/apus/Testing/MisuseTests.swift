/// That the checked kernel notices misuses of freed memory, made on purpose by one CPU with what another one freed, and
/// names both.
enum MisuseTests {
  static let group = TestGroup("misuse", [
    ("a write to a freed heap object", { try finds("heap-write", "heap object written after it was freed", isFreed: true) }),
    ("a heap object freed twice", { try finds("heap-twice", "heap object freed twice", isFreed: true) }),
    ("a heap object overrun", { try finds("heap-overrun", "heap object overrun", isFreed: false) }),
    ("a write to a free frame", { try finds("frame-write", "free frame written to", isFreed: true) }),
    ("a frame released twice", { try finds("frame-twice", "release of a free frame", isFreed: true) }),
    ("a thread picked by a second CPU", {
      try stops("disorder-picked", "thread picked while another has it", "CPU 0 took it last", "MadeDisorder.begin")
    }),
    ("a thread put into a second queue", {
      try stops(
        "disorder-queued", "thread put into a queue while another has it", "CPU 0 took it last", "MadeDisorder.begin")
    }),
    ("a thread lost from a queue", { try stops("disorder-lost", "run queue's bits are wrong for slot") }),
    ("an object kept after its end", {
      try stops(
        "disorder-kept", "object still referred to long after its end", "CPU 0 let go of it", "MadeDisorder.begin")
    }),
    ("an address space with a page left over", { try stops("disorder-space", "page table counts entries at its end") }),
  ])

  /// The system runs on meanwhile, where it gets as far: what outlives its time is found then.
  private static func stops(_ experiment: String, _ messages: String...) throws {
    let options = ["--append", "experiment=\(experiment) watchdog=2", "--cpus", "2"]
    let result = try Tool.guest(["sleep", "60"], options: options)
    try expect("status (\(result.everything))", result.end, is: .exited(ExitStatus.panic))
    for message in messages { try expect("message", result.errorText, contains: message) }
  }

  private static func finds(_ experiment: String, _ message: String, isFreed: Bool) throws {
    let result = try Tool.guest(["true"], options: ["--append", "experiment=misuse-\(experiment)", "--cpus", "2"])
    try expect("status (\(result.everything))", result.end, is: .exited(ExitStatus.panic))
    try expect("message", result.errorText, contains: message)
    guard isFreed else { return }
    try expect("who freed it", result.errorText, contains: "CPU 0 freed it here")
    try expect("who freed it", result.errorText, contains: "MadeMisuse.begin")
  }
}
