// Process groups and sessions: setpgid(2), setsid(2), credentials(7).
import CLinux
import Harness

var jobChecks: [Check] {
  [
    Check("group: each check's process leads its group") {
      equal(Int(getpgrp()), Int(getpid()))
      equal(Int(getpgid(0)), Int(getpid()))
    },
    Check("group: inherited; setpgid moves a child; wrong ones refused") {
      let pipe = Pipe()
      let pid = child {
        var b: UInt8 = 0
        _ = read(pipe.read, &b, 1)
        return 0
      }
      equal(Int(getpgid(pid)), Int(getpgrp()))
      equal(result(setpgid(pid, pid)), 0)
      equal(Int(getpgid(pid)), Int(pid))
      equal(result(setpgid(pid, 0x3fff_fff0)), -Int(EPERM))
      equal(result(setpgid(0x3fff_fff0, 0)), -Int(ESRCH))
      equal(result(setpgid(0, -1)), -Int(EINVAL))
      equal(result(getpgid(0x3fff_fff0)), -Int(ESRCH))
      _ = write(pipe.write, "x", 1)
      reap(pid)
    },
    Check("group: not after the child's exec") {
      let pipe = Pipe(flags: O_CLOEXEC)
      let pid = child { execSelf("sleep") }
      close(pipe.write)
      var b: UInt8 = 0
      equal(read(pipe.read, &b, 1), 0)
      equal(result(setpgid(pid, pid)), -Int(EACCES))
      kill(pid, SIGKILL)
      reap(pid)
    },
    Check("session: setsid makes leader of session and group, leaders cannot") {
      equal(result(setsid()), -Int(EPERM))
      equal(
        run {
          if setsid() != getpid() { return 1 }
          return getsid(0) == getpid() && getpgrp() == getpid() ? 0 : 2
        }, 0)
      equal(
        run {
          setsid()
          return result(setpgid(0, 0)) == -Int(EPERM) ? 0 : 1
        }, 0)
    },
    Check("session: kill(-pgid) reaches the group alone") {
      let pid = child {
        setpgid(0, 0)
        while true { CLinux.pause() }
      }
      setpgid(pid, pid)
      let other = child {
        pause(milliseconds: 30)
        return 3
      }
      equal(result(kill(-pid, SIGTERM)), 0)
      equal(outcome(reap(pid)), 256 + Int(SIGTERM))
      equal(outcome(reap(other)), 3)
      equal(result(kill(-pid, SIGTERM)), -Int(ESRCH))
    },
    Check("group: orphaned and stopped, it gets SIGHUP and SIGCONT") {
      prctl_subreaper(1)
      let pipe = Pipe()
      let pid = child {
        setsid()
        let inner = child {
          setpgid(0, 0)
          _ = set_handler(SIGHUP, { _ in cell_set(0, 1) }, 0, 0)
          var me = getpid()
          _ = write(pipe.write, &me, 4)
          raise(SIGSTOP)
          return cell_get(0) == 1 ? 21 : 22
        }
        waitpid(inner, nil, WUNTRACED)
        return 0  // the group's only tie to the rest of its session ends here
      }
      var inner: Int32 = 0
      _ = read(pipe.read, &inner, 4)
      equal(outcome(reap(pid)), 0)
      equal(outcome(reap(inner)), 21)
    },
    Check("stop: SIGCONT discards pending stops and the other way round") {
      _ = change_mask(SIG_BLOCK, bit(SIGTSTP) | bit(SIGCONT))
      kill(getpid(), SIGTSTP)
      expect(pending_signals() & bit(SIGTSTP) != 0)
      kill(getpid(), SIGCONT)
      expect(pending_signals() & bit(SIGTSTP) == 0)
      expect(pending_signals() & bit(SIGCONT) != 0)
      kill(getpid(), SIGTSTP)
      expect(pending_signals() & bit(SIGCONT) == 0)
      _ = set_ignore(SIGTSTP)
    },
    Check("credentials: set*uid drop root for good; others may not signal") {
      if getuid() != 0 { return }
      equal(
        run {
          if setgroups(0, nil) != 0 || setresgid(1000, 1000, 1000) != 0 || setresuid(1000, 1000, 1000) != 0 { return 1 }
          if getuid() != 1000 || geteuid() != 1000 || getgid() != 1000 { return 2 }
          if result(setuid(0)) != -Int(EPERM) { return 3 }
          if result(kill(getppid(), 0)) != -Int(EPERM) { return 4 }
          if result(x_open("/root-only", O_WRONLY | O_CREAT, 0o600)) != -Int(EACCES) { return 5 }
          return 0
        }, 0)
      equal(
        run {
          if seteuid(5) != 0 || geteuid() != 5 || getuid() != 0 { return 1 }
          return seteuid(0) == 0 ? 0 : 2
        }, 0)
    },
    Check("umask: masks modes, answers the one before") {
      umask(0o022)
      equal(Int(umask(0o077)), 0o022)
      close(x_open("f", O_CREAT | O_WRONLY, 0o666))
      var s = stat()
      stat("f", &s)
      equal(Int(s.st_mode & 0o777), 0o600)
      mkdir("d", 0o777)
      stat("d", &s)
      equal(Int(s.st_mode & 0o777), 0o700)
    },
  ]
}
