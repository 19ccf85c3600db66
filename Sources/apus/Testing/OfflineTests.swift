/// CPUs go offline and come back; and one that falls silent is noticed.
enum OfflineTests {
  static var group: TestGroup { TestGroup("offline", cases + thousands) }

  private static let cases: [(String, @Sendable () throws -> Void)] = [
    ("the CPU that booted goes, and comes back", bootCPU),
    ("all but one go, whichever", allButOne),
    ("affinity", affinity),
    ("statistics", statistics),
    ("input and output while CPUs come and go", { try streams([]) }),
    ("input and output while CPUs come and go, on q35", { try streams(["--machine", "q35"]) }),
    ("a silent CPU that idles", silentIdle),
    ("a silent CPU in a program", silentProgram),
  ]

  private static var thousands: [(String, @Sendable () throws -> Void)] {
    LockRegime.allCases.map { locks in
      ("a thousand times under a storm, \(locks)", { @Sendable in try thousand(locks) })
    }
  }

  private static let directory = "cd /sys/devices/system/cpu; "

  /// Runs a shell script on some CPUs; its output must be as given.
  private static func script(
    _ text: String, cpus: Int = 4, options: [String] = [], input: [UInt8] = [], timeout: Double = 60, gives wanted: String
  ) throws {
    let result = try Tool.guest(
      ["sh", "-c", directory + text], options: ["--cpus", "\(cpus)"] + options, input: input, timeout: timeout)
    try expect("output (\(result.errorText))", result.text, is: wanted)
    try expect("status (\(result.errorText))", result.end, is: .exited(0))
  }

  /// The rest carries on without it: files, processes, timers, many forks, interrupts of the devices.
  private static func bootCPU() throws {
    try script(
      """
      echo 0 > cpu0/online && cat online offline cpu0/online present
      grep -c '^cpu0' /proc/stat; grep -c '^cpu[0-9]' /proc/stat; grep -c ^processor /proc/cpuinfo; nproc
      head -n 1 /proc/interrupts | grep -c CPU0
      for i in 1 2 3 4 5 6 7 8; do (for j in 1 2 3 4 5 6 7 8 9 10; do awk '{ print $39 }' /proc/self/stat; done) & done > /tmp/cpus
      wait; wc -l < /tmp/cpus; grep -c '^0$' /tmp/cpus
      timeout 1 sleep 20; echo $?
      cat | wc -c
      echo 1 > cpu0/online && cat online cpu0/online; nproc
      for i in 1 2 3; do taskset 1 awk '{ print $39 }' /proc/self/stat; done
      """, input: [UInt8](repeating: 0x61, count: 300_000),
      gives: "1-3\n0\n0\n0-3\n0\n3\n3\n3\n0\n80\n0\n143\n300000\n0-3\n1\n4\n0\n0\n0\n")
  }

  private static func allButOne() throws {
    try script(
      """
      for last in 2 0; do
        for i in 0 1 2 3; do [ $i = $last ] || echo 0 > cpu$i/online || echo cannot; done
        cat online; nproc; awk '{ print $39 }' /proc/self/stat
        (echo 0 > cpu$last/online) 2>/dev/null; echo $?; cat online; echo 0 > cpu1/online; echo $?
        for i in 0 1 2 3; do echo 1 > cpu$i/online; done; cat online
      done
      (echo 2 > cpu1/online) 2>/dev/null; echo $?; ls -l cpu1/online | cut -c 1-10
      """, gives: "2\n1\n2\n1\n2\n0\n0-3\n0\n1\n0\n1\n0\n0\n0-3\n1\n-rw-r--r--\n")
  }

  /// Who was bound to a CPU that goes runs anywhere from then on; a set without an online CPU is refused; one that had
  /// another keeps to it.
  private static func affinity() throws {
    try script(
      """
      taskset 8 sh -c 'while [ ! -e /tmp/end ]; do :; done; awk "{ print \\$39 }" /proc/self/stat' > /tmp/out &
      bound=$!
      sleep 0.2; echo 0 > cpu3/online; sleep 0.2
      (taskset 8 true) 2>/dev/null; echo $?
      taskset c awk '{ print $39 }' /proc/self/stat
      : > /tmp/end; wait $bound; grep -c '^[012]$' /tmp/out
      echo 1 > cpu3/online; taskset 8 awk '{ print $39 }' /proc/self/stat
      """, gives: "1\n2\n1\n3\n")
  }

  /// What a CPU has counted is in the sums while it is off; the time that it is off counts nowhere.
  private static func statistics() throws {
    try script(
      """
      sums() { awk '/^cpu / { t = $2 + $4 } /^ctxt/ { c = $2 } /^intr/ { i = $2 } END { print t, c, i }' /proc/stat; }
      row() { awk '/^cpu2 / { print $2 + $4 }' /proc/stat; }
      taskset 4 sh -c 'i=0; while [ $i -lt 30000 ]; do i=$((i + 1)); done'
      before=$(sums); own=$(row); echo 0 > cpu2/online; after=$(sums)
      echo $before $after | awk '{ print ($4 >= $1), ($5 >= $2), ($6 >= $3) }'
      sleep 3; echo 1 > cpu2/online; taskset 4 true; sleep 0.1
      echo $own $(row) | awk '{ print ($1 > 0), ($2 >= $1), ($2 < $1 + 200) }'
      """, gives: "1 1 1\n1 1 1\n")
  }

  /// Interrupts of devices are moved in the middle of traffic: none that matters is lost.
  private static func streams(_ options: [String]) throws {
    var random = SystemRandomNumberGenerator()
    let input = (0..<2_000_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    let result = try Tool.guest(
      [
        "sh", "-c",
        directory + """
          (n=0; while [ ! -e /tmp/end ]; do c=$((n % 3)); echo 0 > cpu$c/online; echo 1 > cpu$c/online; n=$((n + 1)); done
          echo $n > /tmp/rounds) &
          dd bs=1000 2>/dev/null; : > /tmp/end; wait; cat /tmp/rounds >&2
          """,
      ], options: ["--cpus", "4"] + options, input: input, timeout: 90)
    try expect("status (\(result.errorText))", result.end, is: .exited(0))
    try expect("the data are the same", result.output == input, is: true)
    try expect("CPUs went meanwhile: \(result.errorText)", (Int(result.errorText.filter(\.isNumber)) ?? 0) > 5, is: true)
  }

  private static func silentIdle() throws {
    let text = try LabTests.watched("silent-idle", cpus: 4)
    try expect("message", text, contains: "CPU 1 takes no interrupts")
    try expect("its last state", text, contains: "ms ago, idle")
    try expect("its backtrace", text, contains: "CPU 1 does not answer its NMI")
  }

  private static func silentProgram() throws {
    let text = try LabTests.watched("silent-program", cpus: 4, ["taskset", "2", "sh", "-c", "while :; do :; done"])
    try expect("message", text, contains: "CPU 1 takes no interrupts")
    let state = text.split(separator: "\n").first { $0[...].range(of: "CPU 1 took its last interrupt ") != nil }
    try expect("its last state", String(state ?? ""), contains: ", a program, at 0x")
    try expect("its backtrace", text, contains: "CPU 1 does not answer its NMI")
  }

  /// Storms of all kinds, one of which takes CPUs off and brings them back, until that has been done a thousand times;
  /// nothing is lost in the end (`--leak`).
  private static func thousand(_ locks: LockRegime) throws {
    let result = try Tool.guest(
      [
        try Workloads.path("storm"), "all", "offline", "--workers", "1", "--seconds", "10", "--rounds", "1000", "--leak", "64",
      ], options: ["--cpus", "8", "--locks", locks.rawValue], timeout: 420)
    try expect("status (\(result.everything))", result.end, is: .exited(0))
    let words = result.text.split(separator: " ")
    let rounds = words.firstIndex(of: "offline").flatMap { Int(words[$0 + 1]) } ?? 0
    try expect("rounds (\(result.text))", rounds >= 1000, is: true)
  }
}
