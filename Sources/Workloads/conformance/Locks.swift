// Advisory locks: flock(2), fcntl(2) record locks.
import CLinux
import Harness

var lockChecks: [Check] {
  [
    Check("flock: exclusive, shared, upgrade, shared with dup, gone on close") {
      let a = x_open("f", O_CREAT | O_RDWR, 0o600)
      let b = x_open("f", O_RDWR, 0)
      equal(result(flock(a, LOCK_EX)), 0)
      equal(result(flock(b, LOCK_EX | LOCK_NB)), -Int(EWOULDBLOCK))
      equal(result(flock(b, LOCK_SH | LOCK_NB)), -Int(EWOULDBLOCK))
      equal(result(flock(a, LOCK_SH)), 0)
      equal(result(flock(b, LOCK_SH | LOCK_NB)), 0)
      equal(result(flock(a, LOCK_EX | LOCK_NB)), -Int(EWOULDBLOCK))
      // A failed conversion gives up the lock that was held.
      equal(result(flock(b, LOCK_EX | LOCK_NB)), 0)
      equal(result(flock(b, LOCK_UN)), 0)
      equal(result(flock(a, LOCK_EX | LOCK_NB)), 0)
      let c = dup(a)
      close(a)
      equal(result(flock(b, LOCK_EX | LOCK_NB)), -Int(EWOULDBLOCK))
      close(c)
      equal(result(flock(b, LOCK_EX | LOCK_NB)), 0)
    },
    Check("flock: waits until it is let go") {
      let a = x_open("f", O_CREAT | O_RDWR, 0o600)
      flock(a, LOCK_EX)
      let pid = child {
        let b = x_open("f", O_RDWR, 0)
        close(a)
        return result(flock(b, LOCK_EX)) == 0 ? 7 : 8
      }
      pause(milliseconds: 20)
      equal(result(waitpid(pid, nil, WNOHANG)), 0)
      flock(a, LOCK_UN)
      equal(outcome(reap(pid)), 7)
    },
    Check("record lock: ranges of two processes; F_GETLK names the holder") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      equal(result(x_lock(fd, F_SETLK, Int16(F_WRLCK), 10, 10, nil)), 0)
      let me = getpid()
      equal(
        run {
          if result(x_lock(fd, F_SETLK, Int16(F_WRLCK), 15, 10, nil)) != -Int(EAGAIN) { return 1 }
          if x_lock(fd, F_SETLK, Int16(F_WRLCK), 20, 5, nil) != 0 { return 2 }
          if x_lock(fd, F_SETLK, Int16(F_WRLCK), 0, 10, nil) != 0 { return 3 }
          var l = flock()
          if x_lock(fd, F_GETLK, Int16(F_WRLCK), 0, 0, &l) != 0 { return 4 }
          return l.l_pid == me && l.l_start == 10 && l.l_len == 10 && l.l_type == Int16(F_WRLCK) ? 0 : 5
        }, 0)
    },
    Check("record lock: readers share; part of a range is unlocked; the end of a process frees") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      equal(result(x_lock(fd, F_SETLK, Int16(F_RDLCK), 0, 100, nil)), 0)
      equal(run { x_lock(fd, F_SETLK, Int16(F_RDLCK), 0, 100, nil) }, 0)
      equal(run { result(x_lock(fd, F_SETLK, Int16(F_WRLCK), 50, 1, nil)) == -Int(EAGAIN) ? 0 : 1 }, 0)
      equal(result(x_lock(fd, F_SETLK, Int16(F_UNLCK), 40, 20, nil)), 0)
      equal(run { x_lock(fd, F_SETLK, Int16(F_WRLCK), 50, 1, nil) }, 0)
      equal(run { result(x_lock(fd, F_SETLK, Int16(F_WRLCK), 60, 1, nil)) == -Int(EAGAIN) ? 0 : 1 }, 0)
      equal(result(x_lock(fd, F_SETLK, Int16(F_WRLCK), 0, 0, nil)), 0)
    },
    Check("record lock: closing any descriptor of the file drops them") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      x_lock(fd, F_SETLK, Int16(F_WRLCK), 0, 0, nil)
      close(x_open("f", O_RDONLY, 0))
      equal(run { x_lock(fd, F_SETLK, Int16(F_WRLCK), 0, 0, nil) }, 0)
    },
    Check("record lock: F_SETLKW waits; a circle is EDEADLK") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      equal(result(x_lock(fd, F_SETLK, Int16(F_WRLCK), 0, 1, nil)), 0)
      let pipe = Pipe()
      let pid = child {
        if x_lock(fd, F_SETLK, Int16(F_WRLCK), 1, 1, nil) != 0 { return 1 }
        _ = write(pipe.write, "x", 1)
        return x_lock(fd, F_SETLKW, Int16(F_WRLCK), 0, 1, nil) == 0 ? 7 : 2
      }
      var byte: UInt8 = 0
      _ = read(pipe.read, &byte, 1)
      pause(milliseconds: 30)
      equal(result(x_lock(fd, F_SETLKW, Int16(F_WRLCK), 1, 1, nil)), -Int(EDEADLK))
      x_lock(fd, F_SETLK, Int16(F_UNLCK), 0, 1, nil)
      equal(outcome(reap(pid)), 7)
    },
  ]
}
