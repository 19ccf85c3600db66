// CPUs: threads that change where they may run, and CPUs that go and come back.
import CLinux
import Harness

/// Set while CPUs may go: then a thread can be turned out of the CPUs it chose.
private let processorsGo: Int32 = 63

func letProcessorsGo() { cell_set(processorsGo, 1) }

/// Chooses CPUs to run on, and looks where it runs. Two threads of one process, each for itself.
func affinityRound(_ random: inout Random, _ worker: Int) -> String? {
  let all = affinity_get(0)
  let mayGo = cell_get(processorsGo) != 0
  let seed = Int(random.next() >> 2)
  var others: String?
  guard let other = Worker({ others = wander(seed &+ 1, all, mayGo) }) else { return "a thread could not be started" }
  let wrong = wander(seed, all, mayGo)
  other.join()
  if affinity_set(0, all) != 0 && !mayGo { return "cannot have all CPUs back" }
  return wrong ?? others
}

private func wander(_ seed: Int, _ all: UInt, _ mayGo: Bool) -> String? {
  var random = Random(seed)
  for _ in 0..<20 {
    let chosen = UInt(truncatingIfNeeded: random.next()) & all
    let answer = affinity_set(0, chosen)
    if chosen == 0 {
      if answer != -EINVAL { return "no CPU at all: \(answer)" }
      continue
    }
    if mayGo { continue }
    if answer != 0 { return "sched_setaffinity: \(answer)" }
    for _ in 0..<3 {
      let cpu = sched_getcpu()
      if cpu < 0 || cpu > 63 || chosen >> UInt(cpu) & 1 == 0 { return "runs on CPU \(cpu), not one of \(chosen)" }
      if random.below(2) == 0 { sched_yield() } else { pause(milliseconds: 1) }
    }
    if affinity_get(0) != chosen { return "sched_getaffinity tells \(affinity_get(0)), not \(chosen)" }
  }
  return nil
}

/// Worker 0 takes a CPU off, any of them, or brings it back; the others only look.
func offlineRound(_ random: inout Random, _ worker: Int) -> String? {
  let count = processorCount()
  if count < 2 { return "there are no CPUs to take off" }
  let cpu = random.below(count)
  if worker > 0 {
    pause(milliseconds: 5)
    let state = presence(of: cpu)
    return state == 0 || state == 1 ? nil : "cpu\(cpu)/online cannot be read: \(state)"
  }
  let state = presence(of: cpu)
  let answer = setPresence(of: cpu, 1 - state)
  if answer == -Int(EBUSY) && state == 1 {
    for other in 0..<count where other != cpu && presence(of: other) == 1 { return "cpu\(cpu) is not the last, and busy" }
    return nil
  }
  if answer < 0 { return "cpu\(cpu)/online from \(state): errno \(-answer)" }
  if presence(of: cpu) != 1 - state { return "cpu\(cpu)/online does not say \(1 - state)" }
  if state == 1 && Int(sched_getcpu()) == cpu { return "runs on cpu\(cpu), which has gone" }
  return nil
}

/// All CPUs back.
func bringProcessorsBack() {
  for cpu in 0..<processorCount() where presence(of: cpu) == 0 { _ = setPresence(of: cpu, 1) }
}

private func file(_ cpu: Int) -> String { "/sys/devices/system/cpu/cpu\(cpu)/online" }

private func processorCount() -> Int {
  var count = 0
  while access(file(count), F_OK) == 0 { count += 1 }
  return count
}

/// 1 online, 0 offline, or -errno.
private func presence(of cpu: Int) -> Int {
  let fd = x_open(file(cpu), O_RDONLY, 0)
  if fd < 0 { return -Int(errno_get()) }
  defer { close(fd) }
  var byte: UInt8 = 0
  if read(fd, &byte, 1) != 1 { return -Int(EIO) }
  return Int(byte) - 48
}

private func setPresence(of cpu: Int, _ wanted: Int) -> Int {
  let fd = x_open(file(cpu), O_WRONLY, 0)
  if fd < 0 { return -Int(errno_get()) }
  defer { close(fd) }
  return result(write(fd, wanted == 1 ? "1" : "0", 1))
}
