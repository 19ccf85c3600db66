// Signals to processes and groups: none is lost, none comes twice.
import CLinux
import Harness

func signalRound(_ random: inout Random, _ worker: Int) -> String? {
  switch random.below(4) {
  case 0: senderRound(&random)
  case 1: forkingGroupRound(&random)
  default: groupRound(&random)
  }
}

/// One sender, whose every signal is awaited.
private func groupRound(_ random: inout Random) -> String? {
  let members = 1 + random.below(5)
  let counts = sharedWords(16)
  defer { munmap(counts, pageSize) }
  var pids: [Int32] = []
  var group: Int32 = 0
  for i in 0..<members {
    let pid = child {
      setpgid(0, group)
      cell_set(10, Int(bitPattern: counts + i))
      _ = set_handler(
        SIGUSR1, { _ in _ = atomic_add(UnsafeMutablePointer(bitPattern: cell_get(10))!, 1) }, SA_RESTART, 0)
      _ = atomic_add(counts + 15, 1)
      while true { CLinux.pause() }
    }
    if pid < 0 { return "fork: errno \(errno_get())" }
    if group == 0 { group = pid }
    setpgid(pid, group)
    pids.append(pid)
  }
  var wrong = reach(members) { atomic_load(counts + 15) }.map { "members that started: " + $0 }
  for round in 1...(1 + random.below(10)) where wrong == nil {
    if kill(-group, SIGUSR1) != 0 { wrong = "kill: errno \(errno_get())" }
    for i in 0..<members where wrong == nil {
      wrong = reach(round) { atomic_load(counts + i) }.map { "signals at member \(i): " + $0 }
    }
  }
  if wrong == nil && random.below(2) == 0 { wrong = stopAndContinue(pids) }
  if wrong == nil && random.below(2) == 0 {
    // Each stop is followed by its end at once: whatever became of the stops, all go on in the end.
    for i in 0..<20 {
      let target = i % 2 == 0 ? -group : pids[random.below(members)]
      kill(target, random.below(2) == 0 ? SIGSTOP : SIGTSTP)
      kill(target, SIGCONT)
    }
    for i in 0..<members { atomic_store(counts + i, 0) }
    if kill(-group, SIGUSR1) != 0 { wrong = "kill: errno \(errno_get())" }
    for i in 0..<members where wrong == nil {
      wrong = reach(1) { atomic_load(counts + i) }.map { "signals after stops and continuations at member \(i): " + $0 }
    }
  }
  kill(-group, random.below(2) == 0 ? SIGTERM : SIGKILL)
  for pid in pids {
    kill(pid, SIGCONT)
    let end = outcome(reap(pid))
    if end != 256 + Int(SIGTERM) && end != 256 + Int(SIGKILL) { wrong = wrong ?? "a member ended with \(end)" }
  }
  return wrong
}

/// Stops every member, sees each stop, and lets them go on.
private func stopAndContinue(_ pids: [Int32]) -> String? {
  for pid in pids {
    var status: Int32 = 0
    kill(pid, SIGSTOP)
    if waitpid(pid, &status, WUNTRACED) != pid || status_stopped(status) == 0 {
      return "the stop of a member is not told"
    }
    kill(pid, SIGCONT)
    if waitpid(pid, &status, Int32(WCONTINUED)) != pid || status_continued(status) == 0 {
      return "its going on is not told"
    }
  }
  return nil
}

/// Waits until the value is reached; what it was, when that lasts over twenty seconds or it is passed.
func reach(_ wanted: Int, _ value: () -> Int) -> String? {
  let limit = now() + 20_000_000_000
  while true {
    let seen = value()
    if seen == wanted { return nil }
    if seen > wanted || now() > limit { return "\(seen), not \(wanted)" }
    sched_yield()
  }
}
