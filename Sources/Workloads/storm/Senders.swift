// Signals from several senders at once: to groups by kill(2), and queued ones by sigqueue(3). Real-time signals count: each
// member gets each of them once, and those of one sender in the order in which they were sent.
import CLinux
import Harness

/// What the senders and members of one round share, in memory that they all have.
private struct Post {
  static let most = 8
  let words: UnsafeMutablePointer<Int>

  /// The process number of a sender, 0 while it is not there.
  func sender(_ sender: Int) -> UnsafeMutablePointer<Int> { words + sender }
  /// How many signals a member has had from a sender: to its group, and to itself.
  func group(_ member: Int, _ sender: Int) -> UnsafeMutablePointer<Int> { words + 64 + member * Post.most + sender }
  func own(_ member: Int, _ sender: Int) -> UnsafeMutablePointer<Int> { words + 128 + member * Post.most + sender }
  /// How many standard signals a member has had.
  func standard(_ member: Int) -> UnsafeMutablePointer<Int> { words + 16 + member }
  /// How many members are ready, and what a member found wrong: a code, and the value.
  var ready: UnsafeMutablePointer<Int> { words + 32 }
  var wrong: UnsafeMutablePointer<Int> { words + 33 }
  var value: UnsafeMutablePointer<Int> { words + 34 }
  /// How many senders have been told of.
  var senders: UnsafeMutablePointer<Int> { words + 35 }

  func number(of pid: Int32) -> Int? { (0..<Post.most).first { atomic_load(sender($0)) == Int(pid) } }
  func fail(_ code: Int, _ what: Int) { if atomic_compare(wrong, 0, code) != 0 { atomic_store(value, what) } }
}

/// Where the running member finds its post, and its number.
private let postCell: Int32 = 20
private let memberCell: Int32 = 21
private var groupSignal: Int32 { real_time_min() + 1 }
private var ownSignal: Int32 { real_time_min() + 2 }
private var post: Post { Post(words: UnsafeMutablePointer(bitPattern: cell_get(postCell))!) }

func senderRound(_ random: inout Random) -> String? {
  let words = sharedWords(512)
  defer { munmap(words, pageSize) }
  let post = Post(words: words)
  let (members, senders, count) = (1 + random.below(4), 2 + random.below(3), 10 + random.below(40))
  var pids: [Int32] = []
  for i in 0..<members {
    let pid = child { receive(post, i, pids.first ?? 0) }
    if pid < 0 { return "fork: errno \(errno_get())" }
    setpgid(pid, pids.first ?? pid)
    pids.append(pid)
  }
  let group = pids[0]
  var wrong = reach(members) { atomic_load(post.ready) }.map { "members that started: " + $0 }
  var sending: [Int32] = []
  for s in 0..<senders where wrong == nil {
    let pid = child { send(post, s, group, pids, count) }
    if pid < 0 { wrong = "fork: errno \(errno_get())" }
    atomic_store(post.sender(s), Int(pid))
    sending.append(pid)
  }
  // Somebody comes to the group, and goes, again and again: it is in no one's way.
  let guest = child { comeAndGo(group) }
  atomic_store(post.senders, senders)
  for pid in sending {
    let end = outcome(reap(pid))
    if end != 0 { wrong = wrong ?? "a sender ended with \(end) (10: kill, 11: sigqueue, 12: a member has not had all)" }
  }
  kill(guest, SIGKILL)
  let end = outcome(reap(guest))
  if end != 256 + Int(SIGKILL) { wrong = wrong ?? "who came and went ended with \(end)" }
  // None comes late either: a turn of everybody, then the counts are final.
  for _ in 0..<members { sched_yield() }
  for m in 0..<members {
    for s in 0..<senders where wrong == nil {
      let had = (atomic_load(post.group(m, s)), atomic_load(post.own(m, s)))
      if had != (count, count) { wrong = "member \(m) had \(had.0) and \(had.1) signals of sender \(s), not \(count)" }
    }
    let standard = atomic_load(post.standard(m))
    if wrong == nil && (standard < 1 || standard > senders * count) { wrong = "member \(m) had \(standard) standard signals" }
  }
  let code = atomic_load(post.wrong)
  if code != 0 { wrong = "\(code == 1 ? "a signal of nobody" : "a signal out of its turn"): \(atomic_load(post.value))" }
  kill(-group, SIGKILL)
  for pid in pids {
    let end = outcome(reap(pid))
    if end != 256 + Int(SIGKILL) { wrong = wrong ?? "a member ended with \(end)" }
  }
  return wrong
}

/// A member: counts what comes, in its handlers.
private func receive(_ shared: Post, _ member: Int, _ group: Int32) -> Int32 {
  setpgid(0, group)
  cell_set(postCell, Int(bitPattern: shared.words))
  cell_set(memberCell, member)
  _ = set_handler_info(
    groupSignal,
    { _, info, _ in
      guard let sender = post.number(of: info_pid(info!)) else { return post.fail(1, Int(info_pid(info!))) }
      _ = atomic_add(post.group(cell_get(memberCell), sender), 1)
    }, SA_RESTART, 0)
  _ = set_handler_info(
    ownSignal,
    { _, info, _ in
      // Told with the signal: the sender and its how many-th this is.
      let (sender, turn) = (Int(info_value(info!)) >> 16, Int(info_value(info!)) & 0xffff)
      guard sender < Post.most, post.number(of: info_pid(info!)) == sender else { return post.fail(1, Int(info_pid(info!))) }
      if atomic_add(post.own(cell_get(memberCell), sender), 1) != turn { post.fail(2, Int(info_value(info!))) }
    }, SA_RESTART, 0)
  _ = set_handler(SIGUSR2, { _ in _ = atomic_add(post.standard(cell_get(memberCell)), 1) }, SA_RESTART, 0)
  _ = atomic_add(shared.ready, 1)
  while true { CLinux.pause() }
}

/// Sends to the group and to each member, and waits for all of it before more wait than a kernel queues.
private func send(_ post: Post, _ number: Int, _ group: Int32, _ pids: [Int32], _ count: Int) -> Int32 {
  while atomic_load(post.senders) == 0 { sched_yield() }
  for turn in 1...count {
    if kill(-group, groupSignal) != 0 || kill(-group, SIGUSR2) != 0 { return 10 }
    for pid in pids where queue_signal(pid, ownSignal, Int32(number << 16 | turn)) != 0 { return 11 }
    if turn % 8 != 0 && turn != count { continue }
    for m in pids.indices {
      if reach(turn, { atomic_load(post.group(m, number)) }) != nil { return 12 }
      if reach(turn, { atomic_load(post.own(m, number)) }) != nil { return 12 }
    }
  }
  return 0
}

private func comeAndGo(_ group: Int32) -> Int32 {
  _ = set_ignore(groupSignal)
  _ = set_ignore(SIGUSR2)
  while true {
    setpgid(0, group)
    sched_yield()
    setpgid(0, 0)
  }
}

/// A group whose members fork all the time is killed at one blow: who is born meanwhile is killed, too.
func forkingGroupRound(_ random: inout Random) -> String? {
  prctl_subreaper(1)
  let words = sharedWords(2)  // how many there are; how many have been made
  defer { munmap(words, pageSize) }
  let limit = 8 + random.below(24)
  let first = child {
    setpgid(0, 0)
    while true { breedInGroup(words, limit) }
  }
  if first < 0 { return "fork: errno \(errno_get())" }
  setpgid(first, first)
  let made = 2 + random.below(60)
  var deadline = now() + 20_000_000_000
  while atomic_load(words + 1) < made && now() < deadline { sched_yield() }
  deadline = now() + 20_000_000_000
  if kill(-first, SIGKILL) != 0 { return "kill of a group that forks: errno \(errno_get())" }
  var wrong: String?
  while true {
    var status: Int32 = 0
    let pid = waitpid(-1, &status, WNOHANG)
    if pid < 0 { break }
    if pid == 0 {
      if now() > deadline {
        // So that nothing is left.
        kill(-first, SIGKILL)
        wrong = "of a group that forks some have outlived SIGKILL"
        while waitpid(-1, nil, 0) > 0 {}
        break
      }
      sched_yield()
      continue
    }
    let end = outcome(Int(status))
    // Some ended by themselves before.
    if end != 256 + Int(SIGKILL) && end != 7 { wrong = wrong ?? "a member of a group that forks ended with \(end)" }
  }
  if kill(-first, 0) == 0 || errno_get() != ESRCH { wrong = wrong ?? "a group of nobody is still there" }
  return wrong
}

/// Some turns: a fork, or children's ends. Of the children some go on like this.
private func breedInGroup(_ words: UnsafeMutablePointer<Int>, _ limit: Int) {
  for _ in 0..<20 {
    if atomic_add(words, 1) > limit {
      _ = atomic_add(words, -1)
      while waitpid(-1, nil, WNOHANG) > 0 {}
      sched_yield()
      continue
    }
    let pid = fork()
    if pid == 0 {
      let made = atomic_add(words + 1, 1)
      if made % 3 == 0 { breedInGroup(words, limit) }
      for _ in 0..<made % 7 { sched_yield() }
      _ = atomic_add(words, -1)
      _exit(7)
    }
    if pid < 0 { _ = atomic_add(words, -1) }
  }
}
