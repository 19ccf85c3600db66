// busy: many workers keep every CPU busy; the per-CPU times of /proc/stat show it.
//
//   busy [--workers 200] [--seconds 2]
//
// Prints for each CPU the share of the time in which it was busy, then `busy ok` (status 0) when every CPU was
// busy for at least half of it, else `busy FAILED` (status 1).
import CLinux
import Harness

@main
struct Main {
  static func main() {
    let arguments = Arguments()
    let workers = max(1, arguments.number("--workers", default: 200))
    let seconds = max(1, arguments.number("--seconds", default: 2))
    let count = sharedWords(2)  // how many ended well; when to end (0 while workers are being started)
    var started = 0
    for _ in 0..<workers {
      let pid = child {
        var random = Random(Int(getpid()))
        while true {
          for _ in 0..<1000 { if random.next() == 0 { return 1 } }
          let end = atomic_load(count + 1)
          if end != 0 && now() > end { break }
        }
        _ = atomic_add(count, 1)
        return 0
      }
      if pid < 0 { fail("busy: fork: errno \(errno_get())") }
      started += 1
    }
    let before = cpuTimes()
    atomic_store(count + 1, now() + seconds * 1_000_000_000)
    var ended = 0
    for _ in 0..<started { if outcome(reap(-1)) == 0 { ended += 1 } }
    let after = cpuTimes()
    var idle = 0
    for cpu in after.indices where cpu < before.count {
      let busy = after[cpu].busy - before[cpu].busy
      let all = busy + after[cpu].idle - before[cpu].idle
      let share = all > 0 ? busy * 100 / all : 0
      say("cpu\(cpu) busy \(share)%\n")
      if share < 50 { idle += 1 }
    }
    let good = idle == 0 && ended == started && atomic_load(count) == started && !after.isEmpty
    say(
      "busy \(good ? "ok" : "FAILED"): \(ended) of \(started) workers, \(after.count - idle) of \(after.count) CPUs busy\n"
    )
    _exit(good ? 0 : 1)
  }

  /// The ticks of each CPU from /proc/stat, `cpuN user nice system idle iowait irq softirq …`.
  static func cpuTimes() -> [(busy: Int, idle: Int)] {
    let fd = x_open("/proc/stat", O_RDONLY, 0)
    if fd < 0 { fail("busy: /proc/stat: errno \(errno_get())") }
    defer { close(fd) }
    var text = [UInt8](repeating: 0, count: 65536)
    var length = 0
    while length < text.count {
      let n = text.withUnsafeMutableBytes { read(fd, $0.baseAddress! + length, $0.count - length) }
      if n <= 0 { break }
      length += n
    }
    var times: [(busy: Int, idle: Int)] = []
    for line in text[0..<length].split(separator: 10) where line.starts(with: "cpu".utf8) {
      let fields = line.split(separator: 32)
      if fields[0].count == 3 { continue }  // the sum of all
      var numbers: [Int] = []
      for field in fields.dropFirst() { numbers.append(field.reduce(0) { $0 * 10 + Int($1) - 48 }) }
      if numbers.count < 5 { continue }
      times.append((numbers.reduce(0, +) - numbers[3] - numbers[4], numbers[3] + numbers[4]))
    }
    return times
  }
}
