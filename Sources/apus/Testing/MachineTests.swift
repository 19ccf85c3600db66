import Glibc

/// The tool with a guest behind it: input, output, statuses, roots, panics.
extension ToolTests {
  static let withMachine = TestGroup("run", [
    ("stdin and stdout", { try shell("echo hi | $RUN -- cat | wc -c | tr -d ' '", gives: "3\n") }),
    ("stdout and stderr are apart", { try shell("$RUN -- sh -c 'echo out; echo err >&2' 2>/dev/null", gives: "out\n") }),
    ("nothing but the command's stderr", { try shell("$RUN -- sh -c 'echo err >&2' 2>&1 >/dev/null", gives: "err\n") }),
    ("the status is the command's", { try shell("$RUN -- sh -c 'exit 42'; echo $?", gives: "42\n") }),
    ("a signal's status", { try shell("$RUN -- sh -c 'kill -TERM $$'; echo $?", gives: "143\n") }),
    ("a command that is not there", { try shell("$RUN -- no-such-command 2>/dev/null; echo $?", gives: "127\n") }),
    ("closed stdin", { try shell("$RUN -- wc -c <&-", gives: "0\n") }),
    ("empty stdin", { try shell("$RUN -- wc -c </dev/null", gives: "0\n") }),
    ("stdin is not read when not wanted", { try shell("yes | $RUN -- echo done", gives: "done\n") }),
    ("a closed stdout ends the command", { try shell("$RUN -- yes | head -n 1", gives: "y\n") }),
    ("binary data, both ways", binaryData),
    ("a shell from a pipe", { try shell("echo 'echo $((6*7))' | $RUN", gives: "42\n") }),
    ("arguments with blanks and newlines", arguments),
    ("a program of the host", hostProgram),
    ("a directory as root", { try roots("") }),
    ("a cpio archive as root", { try roots("(cd $D && find . | cpio -o -H newc --quiet) >$D.cpio; D=$D.cpio;") }),
    ("a gzipped cpio archive as root", { try roots("(cd $D && find . | cpio -o -H newc --quiet | gzip) >$D.gz; D=$D.gz;") }),
    ("the time limit", { try shell("$APUS run --accel tcg --checked --timeout 2 -- sleep 100 2>/dev/null; echo $?", gives: "124\n") }),
    ("a panic's backtrace", panic),
    ("the smallest memory", { try shell("$RUN --memory 64M -- echo fits", gives: "fits\n") }),
    ("a lot of memory", { try shell("$RUN --memory 8G -- awk '/MemTotal/ { print ($2 > 7000000) }' /proc/meminfo", gives: "1\n") }),
    ("the debugger at the first instruction", debugger),
    ("a tool that is killed takes QEMU along", nothingStays),
  ])

  private static func shell(_ line: String, gives wanted: String) throws {
    let result = try Tool.shell(line)
    if result.text != wanted {
      throw Mismatch("expected \(wanted.debugDescription), got \(result.text.debugDescription) \(result.errorText)")
    }
  }

  private static func binaryData() throws {
    let line = "head -c 3000000 /dev/urandom >$T; $RUN -- cat <$T | cmp - $T && echo same"
    try shell("T=$(mktemp); \(line); rm -f $T", gives: "same\n")
  }

  private static func arguments() throws {
    let result = try Tool.guest(["printf", "<%s>", "a b", "", "c\nd", "$x '\"\\"])
    try expect("output", result.text, is: "<a b><><c\nd><$x '\"\\>")
  }

  private static func hostProgram() throws {
    let result = try Tool.guest([try Workloads.path("bench"), "--list"])
    try expect("status", result.end, is: .exited(0))
    try expect("output", result.text, contains: "getppid")
  }

  /// A small root with busybox, in the form that `make` turns the directory `$D` into.
  private static func roots(_ make: String) throws {
    let fill = "D=$(mktemp -d); mkdir $D/bin $D/etc; cp /bin/busybox $D/bin/; ln -s busybox $D/bin/sh; echo mine >$D/etc/name; B=$D;"
    try shell("\(fill) \(make) $RUN --root $D -- sh -c 'read n </etc/name; echo $n'; rm -rf $B $B.*", gives: "mine\n")
  }

  private static func panic() throws {
    let result = try Tool.shell("$RUN --append panic-test -- true")
    try expect("status", result.end, is: .exited(70))
    try expect("message", result.errorText, contains: "kernel panic")
    try expect("backtrace", result.errorText, contains: "#0 ")
    try expect("backtrace", result.errorText, contains: " at ")
    try expect("message", result.errorText, contains: "log is in")
  }

  /// Kills the tool in a way that it cannot notice; QEMU, known by a word on its command line, must go too.
  private static func nothingStays() throws {
    let marker = "test-\(getpid())-\(Host.now())"
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(null) }
    let tool = try Subprocess(
      [Files.realPath("/proc/self/exe"), "run", "--accel", "tcg", "--checked", "--append", marker, "--", "sleep", "100"],
      Subprocess.Setup(input: null, output: null, error: null, diesWithTool: true))
    let started = waitFor { processes(named: "qemu", with: marker) == 1 }
    kill(tool.pid, SIGKILL)
    _ = tool.wait()
    try expect("QEMU was there", started, is: true)
    try expect("QEMU is gone", waitFor { processes(named: "qemu", with: marker) == 0 }, is: true)
  }

  private static func debugger() throws {
    let line = "$APUS debug --accel tcg --checked --gdb=-batch --gdb=-ex --gdb='info registers rip' 2>/dev/null | grep -c '^rip '"
    try shell(line, gives: "1\n")
  }

  private static func waitFor(_ condition: () -> Bool) -> Bool {
    for _ in 0..<200 {
      if condition() { return true }
      usleep(50_000)
    }
    return false
  }

  /// How many processes have a word in their command lines and a program's name at its start.
  private static func processes(named name: String, with word: String) -> Int {
    ((try? Files.names(in: "/proc")) ?? []).count { pid in
      guard Int(pid) != nil, let line = try? Files.text("/proc/\(pid)/cmdline") else { return false }
      return line.hasPrefix(name) && line[...].range(of: word) != nil
    }
  }
}

/// Many CPUs, and that each of them works.
enum ScaleTests {
  static let group = TestGroup("scale", [
    ("1 CPU", { try nproc(1) }),
    ("4 CPUs", { try nproc(4) }),
    ("64 CPUs", { try nproc(64) }),
    ("255 CPUs", { try nproc(255) }),
    ("255 CPUs on q35", { try nproc(255, ["--machine", "q35"]) }),
  ])

  private static func nproc(_ count: Int, _ options: [String] = []) throws {
    let result = try Tool.guest(["nproc"], options: ["--cpus", "\(count)", "--memory", "1G"] + options, timeout: 60)
    try expect("output", result.text + result.errorText, is: "\(count)\n")
  }
}
