// Ends of processes: wait4(2), waitid(2), exit(2), orphans.
import CLinux
import Harness

var waitChecks: [Check] {
  [
    Check("wait: exit codes are eight bits") {
      for code: Int32 in [0, 1, 42, 255, 256, 257, -1] { equal(run { code }, Int(code & 255)) }
    },
    Check("wait: none left is ECHILD; not mine is ECHILD") {
      equal(result(waitpid(-1, nil, 0)), -Int(ECHILD))
      equal(result(waitpid(1, nil, 0)), -Int(ECHILD))
      let pid = child { 0 }
      reap(pid)
      equal(result(waitpid(pid, nil, 0)), -Int(ECHILD))
    },
    Check("wait: WNOHANG answers 0 while the child runs") {
      let pipe = Pipe()
      let pid = child {
        var b: UInt8 = 0
        _ = read(pipe.read, &b, 1)
        return 5
      }
      equal(result(waitpid(pid, nil, WNOHANG)), 0)
      _ = write(pipe.write, "x", 1)
      equal(outcome(reap(pid)), 5)
    },
    Check("wait: any of many children, each once") {
      var sum = 0
      for i in 1...20 { _ = child { Int32(i) } }
      for _ in 1...20 {
        var status: Int32 = 0
        expect(waitpid(-1, &status, 0) > 0)
        sum += Int(status >> 8)
      }
      equal(sum, 210)
      equal(result(waitpid(-1, nil, 0)), -Int(ECHILD))
    },
    Check("wait: by process group") {
      let other = child {
        setpgid(0, 0)
        pause(milliseconds: 20)
        return 1
      }
      setpgid(other, other)
      let mine = child { 2 }
      var status: Int32 = 0
      equal(result(waitpid(0, &status, 0)), Int(mine))
      equal(result(waitpid(-other, &status, 0)), Int(other))
      equal(result(waitpid(-other, &status, 0)), -Int(ECHILD))
    },
    Check("wait: stopped and continued children are reported once") {
      let pid = child { while true { CLinux.pause() } }
      var status: Int32 = 0
      kill(pid, SIGSTOP)
      equal(result(waitpid(pid, &status, WUNTRACED)), Int(pid))
      expect(status_stopped(status) != 0)
      equal(Int(status_stop_signal(status)), Int(SIGSTOP))
      equal(result(waitpid(pid, &status, WUNTRACED | WNOHANG)), 0)
      kill(pid, SIGCONT)
      equal(result(waitpid(pid, &status, Int32(WCONTINUED))), Int(pid))
      expect(status_continued(status) != 0)
      kill(pid, SIGKILL)
      equal(outcome(reap(pid)), 256 + Int(SIGKILL))
    },
    Check("wait: SIGKILL ends a stopped process") {
      let pid = child {
        raise(SIGSTOP)
        return 0
      }
      equal(result(waitpid(pid, nil, WUNTRACED)), Int(pid))
      kill(pid, SIGKILL)
      equal(outcome(reap(pid)), 256 + Int(SIGKILL))
    },
    Check("waitid: fields, and WNOWAIT leaves the child") {
      let pid = child { 7 }
      var info = siginfo_t()
      equal(result(waitid(P_PID, UInt32(pid), &info, WEXITED | Int32(WNOWAIT))), 0)
      equal(Int(info.si_signo), Int(SIGCHLD))
      equal(Int(info.si_code), 1)  // CLD_EXITED
      equal(Int(info_pid(&info)), Int(pid))
      equal(Int(info_status(&info)), 7)
      equal(outcome(reap(pid)), 7)
      equal(result(waitid(P_ALL, 0, &info, WEXITED)), -Int(ECHILD))
      equal(result(waitid(P_ALL, 0, &info, 0)), -Int(EINVAL))
    },
    Check("waitid: WNOHANG with nothing to tell gives pid 0") {
      let pid = child { while true { CLinux.pause() } }
      var info = siginfo_t()
      equal(result(waitid(P_PID, UInt32(pid), &info, WEXITED | WNOHANG)), 0)
      equal(Int(info_pid(&info)), 0)
      kill(pid, SIGTERM)
      equal(result(waitid(P_PID, UInt32(pid), &info, WEXITED)), 0)
      equal(Int(info.si_code), 2)  // CLD_KILLED
      equal(Int(info_status(&info)), Int(SIGTERM))
    },
    Check("SIGCHLD: sent on exit with the child's status") {
      _ = set_handler_info(
        SIGCHLD,
        { _, info, _ in
          cell_set(0, Int(info_pid(info)))
          cell_set(1, Int(info_status(info)))
          cell_set(2, Int(info!.pointee.si_code))
        }, SA_RESTART, 0)
      let pid = child { 9 }
      reap(pid)
      equal(cell_get(0), Int(pid))
      equal(cell_get(1), 9)
      equal(cell_get(2), 1)
    },
    Check("SIGCHLD: ignored, children vanish and wait says ECHILD") {
      _ = set_ignore(SIGCHLD)
      let pid = child { 0 }
      equal(result(waitpid(pid, nil, 0)), -Int(ECHILD))
    },
    Check("SIGCHLD: SA_NOCLDSTOP keeps silent about stops") {
      _ = set_handler(SIGCHLD, { _ in cell_add(0, 1) }, Int32(SA_NOCLDSTOP) | SA_RESTART, 0)
      let pid = child { while true { CLinux.pause() } }
      kill(pid, SIGSTOP)
      waitpid(pid, nil, WUNTRACED)
      equal(cell_get(0), 0)
      kill(pid, SIGKILL)
      reap(pid)
      equal(cell_get(0), 1)
    },
    Check("orphan: its parent becomes init, or the next subreaper") {
      prctl_subreaper(1)
      let pipe = Pipe()
      let pid = child {
        let old = getpid()
        _ = child {
          while getppid() == old { sched_yield() }
          var parent = getppid()
          _ = write(pipe.write, &parent, 4)
          return 33
        }
        return 0
      }
      equal(outcome(reap(pid)), 0)
      var parent: Int32 = 0
      equal(result(read(pipe.read, &parent, 4)), 4)
      equal(Int(parent), Int(getpid()))
      equal(outcome(reap(-1)), 33)
    },
    Check("times: a child's CPU time is added when it is waited for") {
      var before = tms()
      times(&before)
      equal(
        run {
          let end = now() + 60_000_000
          while now() < end {}
          return 0
        }, 0)
      var after = tms()
      times(&after)
      expect(after.tms_cutime + after.tms_cstime > before.tms_cutime + before.tms_cstime)
      var usage = rusage()
      equal(result(getrusage(RUSAGE_CHILDREN, &usage)), 0)
      expect(usage.ru_utime.tv_sec + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec > 0)
    },
    Check("pids: each child has a pid of its own; getppid is the parent") {
      let me = getpid()
      equal(run { getppid() == me && getpid() != me && gettid() == getpid() ? 1 : 0 }, 1)
    },
  ]
}
