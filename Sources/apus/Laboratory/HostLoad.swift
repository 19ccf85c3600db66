import Glibc

/// How much of the host's processors was used, by whom: all of it, and by this process and its ended children.
struct HostLoad {
  /// Seconds of all processors (proc_stat(5): all but idle and waiting for a disk); what a hypervisor took is in it.
  private let all: Double
  private let own: Double
  private let time: UInt64

  init() {
    let line = ((try? Files.text("/proc/stat")) ?? "").split(separator: "\n").first ?? ""
    let numbers = line.split(separator: " ").dropFirst().compactMap { Double($0) }
    let hertz = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    // The eight that do not count anything twice, less idle and iowait.
    all = numbers.prefix(8).enumerated().reduce(0) { $1.offset == 3 || $1.offset == 4 ? $0 : $0 + $1.element } / hertz
    own = [RUSAGE_SELF.rawValue, RUSAGE_CHILDREN.rawValue].reduce(0) { sum, who in
      var usage = rusage()
      getrusage(Int32(who), &usage)
      return sum + [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }
    time = Host.now()
  }

  /// Processors that others kept busy since `before`, on average. Children that have not ended count as others.
  func others(since before: HostLoad) -> Double {
    let seconds = Double(time - before.time) / 1e9
    return seconds > 0 ? max(0, (all - before.all) - (own - before.own)) / seconds : 0
  }
}
