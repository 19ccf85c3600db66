// Limits, names and figures of the system: getrlimit(2), sysinfo(2), uname(2), prctl(2), unknown calls.
import CLinux
import Harness

private func limit(_ resource: Int32) -> rlimit {
  var l = rlimit()
  getrlimit(__rlimit_resource_t(UInt32(resource)), &l)
  return l
}

var limitChecks: [Check] {
  [
    Check("limit: RLIMIT_NOFILE bounds descriptors (EMFILE)") {
      var l = limit(7)
      l.rlim_cur = 20
      equal(result(setrlimit(__rlimit_resource_t(7), &l)), 0)
      var last = 0
      while last >= 0 { last = result(x_open("/dev/null", O_RDONLY, 0)) }
      equal(last, -Int(EMFILE))
      equal(result(dup(0)), -Int(EMFILE))
      equal(result(dup2(0, 20)), -Int(EBADF))
      equal(run { Int32(limit(7).rlim_cur) }, 20)
    },
    Check("limit: soft above hard refused; hard only downwards for users") {
      var l = rlimit(rlim_cur: 30, rlim_max: 20)
      equal(result(setrlimit(__rlimit_resource_t(7), &l)), -Int(EINVAL))
      if getuid() != 0 { return }
      equal(
        run {
          var low = rlimit(rlim_cur: 10, rlim_max: 10)
          setrlimit(__rlimit_resource_t(7), &low)
          setresuid(9, 9, 9)
          low.rlim_max = 20
          return result(setrlimit(__rlimit_resource_t(7), &low)) == -Int(EPERM) ? 0 : 1
        }, 0)
      equal(call(SYS_getrlimit, 99, Int(bitPattern: pages(1))), -Int(EINVAL))
    },
    Check("limit: RLIMIT_NPROC bounds a user's processes (EAGAIN)") {
      if getuid() != 0 { return }
      equal(
        run {
          var l = rlimit(rlim_cur: 5, rlim_max: 5)
          setrlimit(__rlimit_resource_t(6), &l)
          setresuid(54_321, 54_321, 54_321)
          var made = 0
          for _ in 0..<10 {
            let pid = fork()
            if pid == 0 { while true { CLinux.pause() } }
            if pid < 0 { if errno_get() != EAGAIN { return 1 } } else { made += 1 }
          }
          kill(-1, SIGKILL)
          return made == 4 ? 0 : 2
        }, 0)
    },
    Check("limit: RLIMIT_AS bounds memory (ENOMEM)") {
      equal(
        run {
          var l = rlimit(rlim_cur: 64 << 20, rlim_max: 64 << 20)
          setrlimit(__rlimit_resource_t(9), &l)
          return call(SYS_mmap, 0, 128 << 20, 3, 0x22, -1, 0) == -Int(ENOMEM) ? 0 : 1
        }, 0)
    },
    Check("limit: RLIMIT_CPU sends SIGXCPU") {
      equal(
        run {
          var l = rlimit(rlim_cur: 1, rlim_max: 3)
          setrlimit(__rlimit_resource_t(0), &l)
          while true {}
        }, 256 + Int(SIGXCPU))
    },
    Check("limit: RLIMIT_CPU: SIGXCPU every second, SIGKILL at the hard limit; the soft limit rises") {
      let seen = pages(1, shared: true).assumingMemoryBound(to: UInt.self)
      seen[0] = 0
      let pid = child {
        _ = set_handler(SIGXCPU, { _ in cell_add(0, 1) }, SA_RESTART, 0)
        var l = rlimit(rlim_cur: 1, rlim_max: 3)
        setrlimit(__rlimit_resource_t(0), &l)
        while true {
          getrlimit(__rlimit_resource_t(0), &l)
          seen[0] = UInt(cell_get(0)) << 8 | l.rlim_cur
        }
      }
      equal(outcome(reap(pid)), 256 + Int(SIGKILL))
      equal(Int(seen[0]), 2 << 8 | 3)
    },
    Check("limit: RLIMIT_CPU binds children, each by its own use; sleep costs none") {
      equal(
        run {
          var l = rlimit(rlim_cur: 1, rlim_max: 4)
          setrlimit(__rlimit_resource_t(0), &l)
          let pid = child { while true {} }
          let ended = outcome(reap(pid))
          pause(milliseconds: 300)
          return ended == 256 + Int(SIGXCPU) ? 0 : 1
        }, 0)
    },
    Check("uname: Linux on x86_64; sysinfo: memory and processes") {
      var u = utsname()
      equal(result(uname(&u)), 0)
      withUnsafeBytes(of: &u.machine) { expect($0.starts(with: "x86_64".utf8)) }
      withUnsafeBytes(of: &u.sysname) { expect($0.starts(with: "Linux".utf8)) }
      var s = sysinfo()
      equal(result(sysinfo(&s)), 0)
      expect(s.totalram > 0 && s.freeram <= s.totalram && s.procs > 0 && s.mem_unit > 0)
    },
    Check("prctl: name, parent-death signal, unknown") {
      var name = [CChar](repeating: 0, count: 16)
      equal(Int(prctl_name(1, &name)), 0)
      equal(Int(prctl_name(0, &name)), 0)
      expect(same(string(name), "abcdefghijklmno"))
      equal(call(SYS_prctl, 9999, 0, 0, 0, 0), -Int(EINVAL))
      let pipe = Pipe()
      let pid = child {
        _ = child {
          call_prctl_death(SIGKILL)
          close(pipe.read)
          _ = write(pipe.write, "x", 1)
          while true { CLinux.pause() }
        }
        pause(milliseconds: 20)
        return 0
      }
      close(pipe.write)
      reap(pid)
      var byte: UInt8 = 0
      equal(read(pipe.read, &byte, 1), 1)
      equal(read(pipe.read, &byte, 1), 0)
    },
    Check("unknown system calls are ENOSYS") {
      for n: Int32 in [390, 400, 600, 1000, 0x7fff_ffff, -1] { equal(call(n), -Int(ENOSYS)) }
    },
    Check("priority: nice goes down for users, up for root") {
      errno_set(0)
      equal(Int(getpriority(__priority_which_t(0), 0)), 0)
      equal(Int(nice(5)), 5)
      equal(run { Int32(getpriority(__priority_which_t(0), 0)) }, 5)
      equal(Int(nice(100)), 19)
      if getuid() != 0 { return }
      equal(
        run {
          setresuid(9, 9, 9)
          return result(setpriority(__priority_which_t(0), 0, 0)) == -Int(EACCES) ? 0 : 1
        }, 0)
    },
  ]
}
