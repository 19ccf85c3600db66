import Glibc

/// The tool as its users meet it.
enum ToolTests {
  /// What is refused before a machine is started: always one line, and the right status.
  static let withoutMachine = TestGroup("tool", [
    ("0 CPUs", { try refuses(["run", "--cpus", "0"], 64, "--cpus must be 1 to 255") }),
    ("256 CPUs", { try refuses(["run", "--cpus", "256"], 64, "--cpus must be 1 to 255") }),
    ("a number that is none", { try refuses(["run", "--cpus", "four"], 64, "'four' is invalid") }),
    ("too little memory", { try refuses(["run", "--memory", "1M"], 64, "--memory must be 64M to 64G") }),
    ("a size that is none", { try refuses(["run", "--memory", "lots"], 64, "'lots' is invalid") }),
    ("memory too small for the root", memoryForRoot),
    ("an unknown regime", { try refuses(["run", "--locks", "some"], 64, "'some' is invalid") }),
    ("no locks outside the experiment", { try refuses(["run", "--locks", "none"], 64, "./apus lab race") }),
    ("no locks under the debugger", { try refuses(["debug", "--locks", "none"], 64, "./apus lab race") }),
    ("a race on no CPU", { try refuses(["lab", "race", "--cpus", "0"], 64, "--cpus must be 1 to 255") }),
    ("an unknown machine", { try refuses(["run", "--machine", "pc"], 64, "'pc' is invalid") }),
    ("an unknown option", { try refuses(["run", "--fast"], 64, "--fast") }),
    ("a command without --", { try refuses(["run", "ls"], 64, "ls") }),
    ("a time limit of nothing", { try refuses(["run", "--timeout", "0"], 64, "--timeout") }),
    ("a missing root", { try refuses(["run", "--root", "/nowhere"], 66, "No such file") }),
    ("a root that is no archive", { try refuses(["run", "--root", "/etc/passwd"], 66, "not a cpio archive") }),
    ("a root that is cut off", cutOffRoot),
    ("a root whose gzip is broken", brokenGzip),
    ("an empty root file", { try refuses(["run", "--root", "/dev/null", "--", "ls"], 66, "empty") }),
    ("a dynamic program", { try refuses(["run", "--", Files.realPath("/proc/self/exe")], 66, "dynamically linked") }),
    ("a program that is none", { try refuses(["run", "--", "./apus"], 66, "no ELF program") }),
    ("a filter that fits nothing", { try refuses(["test", "no such test"], 64, "no test's name") }),
    ("help on every verb has examples", helpHasExamples),
    ("the bootstrap names packages only", namesPackages),
  ])

  private static func refuses(_ arguments: [String], _ status: Int32, _ reason: String) throws {
    let result = try Tool.run(arguments)
    try expect("status", result.end, is: .exited(status))
    try expect("message", result.errorText, contains: reason)
    try expect("lines on stderr", result.errorText.split(separator: "\n").count, is: 1)
    try expect("stdout", result.text, is: "")
  }

  private static func memoryForRoot() throws {
    try withTemporaryFile { path, file in
      var archive = NewcWriter(file)
      try archive.file("big", [UInt8](repeating: 0, count: 40 << 20))
      try archive.finish()
      try refuses(["run", "--root", path, "--memory", "64M"], 64, "needs --memory")
    }
  }

  private static func cutOffRoot() throws {
    try withTemporaryFile { path, file in
      var archive = NewcWriter(file)
      try archive.file("hello", Array("hello".utf8))
      try archive.finish()
      _ = ftruncate(file, 140)
      try refuses(["run", "--root", path], 66, "cut off")
    }
  }

  private static func brokenGzip() throws {
    try withTemporaryFile { path, file in
      Files.writeAll(file, Gzip.magic + [8, 0, 1, 2, 3])
      try refuses(["run", "--root", path], 66, "cannot be expanded")
    }
  }

  private static func helpHasExamples() throws {
    for verb in ["run", "test", "bench", "debug"] {
      let result = try Tool.run([verb, "--help"])
      try expect("status", result.end, is: .exited(0))
      try expect("help of \(verb)", result.text, contains: "Examples:")
      try expect("help of \(verb)", result.text, contains: "./apus \(verb)")
    }
  }

  /// With a PATH and file names that hold nothing, APUS_NO_INSTALL=1 only names what is missing.
  private static func namesPackages() throws {
    let script = try Files.text("\(Places.repository)/apus")
    let elsewhere = script.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("need ") || $0.hasPrefix("case ") ? String($0).replacing("/usr/", with: "/nowhere/") : String($0) }
      .joined(separator: "\n")
    let result = try Subprocess.run(
      ["sh", "-c", elsewhere, "\(Places.repository)/apus", "run"],
      environment: ["APUS_NO_INSTALL=1", "PATH=/usr/bin:/bin"], timeout: 20)
    try expect("status", result.end, is: .exited(125))
    try expect("message", result.errorText, contains: "qemu-system-x86")
    try expect("message", result.errorText, contains: "apt-get install")
  }
}

/// A file with a name, gone afterwards.
func withTemporaryFile(_ body: (String, Int32) throws -> Void) throws {
  var template = Array("/tmp/apus-test.XXXXXX".utf8CString)
  let file = mkstemp(&template)
  guard file >= 0 else { throw Failure.system("cannot make a file in /tmp") }
  let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer {
    close(file)
    unlink(path)
  }
  try body(path, file)
}

extension String {
  /// A copy with every occurrence of a text replaced.
  func replacing(_ text: String, with other: String) -> String {
    var result = ""
    var rest = self[...]
    while let found = rest.range(of: text) {
      result += rest[..<found.lowerBound] + other
      rest = rest[found.upperBound...]
    }
    return result + rest
  }
}
