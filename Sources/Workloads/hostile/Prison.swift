// Where the children run: an empty root, another user, small limits, and an end in any case.
import CLinux
import Harness

struct Prison {
  private let directory: String
  private let privileged: Bool
  /// A user that nobody else is: the sweep kills all that belongs to it.
  private let user: UInt32

  /// `block` tells prisons that are used at the same time apart.
  init(privileged: Bool, block: Int = 0) {
    self.privileged = privileged
    user = 54_321 + UInt32(block)
    directory = "/tmp/hostile.\(getpid())"
    if mkdir(directory, 0o755) != 0 { fail("hostile: \(directory): errno \(errno_get())", status: 2) }
    mkdir(directory + "/w", 0o777)
    chmod(directory + "/w", 0o777)
    if getuid() == 0 && !onApus() { _ = unshare(CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET) }
  }

  /// Called in the child: locks it in. The descriptors that it leaves open are what the calls play with.
  func enter() {
    setsid()
    let null = x_open("/dev/null", O_RDWR, 0)
    for fd: Int32 in 0...2 { dup2(null, fd) }
    _ = Pipe(flags: O_NONBLOCK)
    _ = x_open("/dev/zero", O_RDWR, 0)
    _ = x_open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK, 0)
    _ = x_open("/proc/self/status", O_RDONLY, 0)
    if getuid() == 0 && (chroot(directory) != 0 || chdir("/w") != 0) { _exit(90) }
    if getuid() != 0 { chdir(directory + "/w") }
    _ = x_open("file", O_CREAT | O_RDWR, 0o666)
    _ = x_open(".", O_RDONLY | O_DIRECTORY, 0)
    limit(1, 1 << 20)  // RLIMIT_FSIZE
    limit(4, 0)  // RLIMIT_CORE
    limit(7, 64)  // RLIMIT_NOFILE
    limit(0, 5)  // RLIMIT_CPU
    limit(6, 40)  // RLIMIT_NPROC
    if !onApus() { limit(9, 1 << 30) }  // RLIMIT_AS
    if !privileged && getuid() == 0 {
      setgroups(0, nil)
      if setresgid(user, user, user) != 0 || setresuid(user, user, user) != 0 { _exit(91) }
    }
    // A call that waits is interrupted.
    _ = set_handler(SIGALRM, { _ in }, 0, 0)
    var timer = itimerval(
      it_interval: timeval(tv_sec: 0, tv_usec: 10_000), it_value: timeval(tv_sec: 0, tv_usec: 10_000))
    setitimer(ITIMER_REAL, &timer, nil)
  }

  private func limit(_ resource: UInt32, _ value: UInt) {
    var l = rlimit(rlim_cur: value, rlim_max: value)
    setrlimit(__rlimit_resource_t(resource), &l)
  }

  /// Waits for the child, at most so long, then ends it and all that it left: how it ended, nil for by us.
  func end(_ pid: Int32, milliseconds: Int = 2000) -> Int? {
    let limit = now() + milliseconds * 1_000_000
    var status: Int32 = 0
    var done: Int32 = 0
    var turns = 0
    while done == 0 && now() < limit {
      done = waitpid(pid, &status, WNOHANG)
      if done == 0 { if turns < 200 { sched_yield() } else { pause(milliseconds: 1) } }
      turns += 1
    }
    kill(-pid, SIGKILL)
    kill(pid, SIGKILL)
    if done == 0 { waitpid(pid, nil, 0) }
    sweep()
    return done == pid ? outcome(Int(status)) : nil
  }

  /// Kills what belongs to the prisoners' user, and reaps what they left to us.
  private func sweep() {
    if getuid() == 0 && !privileged && result(waitpid(-1, nil, WNOHANG)) != -Int(ECHILD) {
      let killer = fork()
      if killer == 0 {
        setresuid(user, user, user)
        kill(-1, SIGKILL)
        _exit(0)
      }
      waitpid(killer, nil, 0)
    }
    let limit = now() + 500_000_000
    while now() < limit {
      let r = waitpid(-1, nil, WNOHANG)
      if r < 0 { return }
      if r == 0 { sched_yield() }
    }
  }

  func remove() { remove_tree(directory) }
}
