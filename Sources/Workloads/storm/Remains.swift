// What a system has in use once it has given back what it only keeps for speed: to be the same before and after.
import CLinux
import Harness

struct Remains {
  /// Free memory in KiB, with that of slabs: how full they are differs from run to run, and is told by `heap`.
  let free: Int
  /// Bytes of kernel objects in use, by slabinfo(5); 0 where that cannot be read.
  let heap: Int
  /// Threads in the system, by loadavg(5).
  let threads: Int
  /// How many objects of each kind the checked kernel counts (`/proc/apus/live`); empty elsewhere.
  let live: [Live]

  struct Live {
    let kind: String
    let count: Int
  }

  /// What is taken, waited for and counted, and what of that was out of balance in every reading since (`settled`).
  let locks: LockAccounts
  var suspects: [LockAccounts.Suspect] = []

  static func now() -> Remains {
    let caches = x_open("/proc/sys/vm/drop_caches", O_WRONLY, 0)
    if caches >= 0 {
      _ = write(caches, "3", 1)
      close(caches)
    }
    let (heap, slabs) = heapUse()
    return Remains(
      free: memoryInformation("MemFree:") + slabs, heap: heap, threads: threadCount(), live: liveObjects(), locks: .now())
  }

  /// As `now`, once what ends asynchronously has ended: after at most ten seconds what is there then.
  static func settled(since before: Remains, leak: Int) -> Remains {
    var after = now()
    after.suspects = after.locks.suspects(since: before.locks, among: nil)
    var patience = 100
    while after.losses(since: before, leak: leak) != nil && patience > 0 {
      pause(milliseconds: 100)
      let suspects = after.suspects
      after = now()
      after.suspects = after.locks.suspects(since: before.locks, among: suspects)
      patience -= 1
    }
    return after
  }

  /// What is missing beyond `leak` KiB, in words; nil when nothing is.
  func losses(since before: Remains, leak: Int) -> String? {
    if threads > before.threads { return "\(threads - before.threads) threads are left" }
    for (now, then) in zip(live, before.live) where now.count > then.count {
      return "\(now.count - then.count) \(now.kind) are left"
    }
    if heap - before.heap > leak * 1024 { return "\(heap - before.heap) bytes of kernel objects are left" }
    if before.free - free > leak { return "\(before.free - free) KiB are lost" }
    if let suspect = suspects.first { return suspect.words }
    return nil
  }
}

/// Bytes of objects in use, and KiB of the slabs that they lie in.
private func heapUse() -> (bytes: Int, slabs: Int) {
  var sum = (bytes: 0, slabs: 0)
  for line in lines(of: "/proc/slabinfo") where line.count > 14 {
    guard let objects = number(line[1]), let size = number(line[3]) else { continue }
    sum.bytes += objects * size
    if let pages = number(line[5]), let slabs = number(line[14]) { sum.slabs += pages * slabs * pageSize / 1024 }
  }
  return sum
}

private func liveObjects() -> [Remains.Live] {
  lines(of: "/proc/apus/live").compactMap { line in
    guard line.count == 2, let count = number(line[1]) else { return nil }
    return Remains.Live(kind: String(decoding: line[0], as: UTF8.self), count: count)
  }
}

/// The second number of the field "running/all".
private func threadCount() -> Int {
  guard let line = lines(of: "/proc/loadavg").first, line.count > 3 else { return 0 }
  return number(line[3].drop { $0 != 0x2f }.dropFirst()) ?? 0
}

/// The words of each line of a file.
func lines(of path: String) -> [[ArraySlice<UInt8>]] {
  let fd = x_open(path, O_RDONLY, 0)
  if fd < 0 { return [] }
  defer { close(fd) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while true {
    let n = read(fd, &buffer, buffer.count)
    if n <= 0 { break }
    bytes += buffer[0..<n]
  }
  return bytes.split(separator: 10).map { $0.split(separator: 32) }
}

func number(_ digits: ArraySlice<UInt8>) -> Int? {
  if digits.isEmpty { return nil }
  var value = 0
  for digit in digits {
    if digit < 48 || digit > 57 { return nil }
    value = value * 10 + Int(digit - 48)
  }
  return value
}
