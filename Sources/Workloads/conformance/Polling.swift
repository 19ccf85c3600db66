// Readiness: poll(2), select(2).
import CLinux
import Harness

private func ready(_ fd: Int32, _ events: Int32, timeout: Int32 = 0) -> Int {
  var entry = pollfd(fd: fd, events: Int16(events), revents: 0)
  let r = result(poll(&entry, 1, timeout))
  return r < 0 ? r : Int(entry.revents)
}

var pollChecks: [Check] {
  [
    Check("poll: pipe readable, writable, hung up, in error") {
      let pipe = Pipe(flags: O_NONBLOCK)
      equal(ready(pipe.read, POLLIN), 0)
      equal(ready(pipe.write, POLLOUT), Int(POLLOUT))
      _ = write(pipe.write, "x", 1)
      equal(ready(pipe.read, POLLIN), Int(POLLIN))
      let block = [UInt8](repeating: 1, count: 65536)
      while write(pipe.write, block, 65536) > 0 {}
      while write(pipe.write, block, 4096) > 0 {}
      equal(ready(pipe.write, POLLOUT), 0)
      let other = dup(pipe.write)
      close(pipe.write)
      equal(ready(pipe.read, POLLIN), Int(POLLIN))
      close(pipe.read)
      equal(ready(other, POLLOUT) & Int(POLLERR), Int(POLLERR))
    },
    Check("poll: POLLHUP without writers; POLLNVAL for no descriptor; negative ignored") {
      let pipe = Pipe()
      close(pipe.write)
      equal(ready(pipe.read, POLLIN), Int(POLLHUP))
      equal(ready(99, POLLIN), Int(POLLNVAL))
      equal(ready(-1, POLLIN), 0)
    },
    Check("poll: regular files and /dev/null are always ready") {
      let fd = x_open("f", O_RDWR | O_CREAT, 0o600)
      equal(ready(fd, POLLIN | POLLOUT), Int(POLLIN | POLLOUT))
      equal(ready(x_open("/dev/null", O_RDWR, 0), POLLIN | POLLOUT), Int(POLLIN | POLLOUT))
    },
    Check("poll: waits for the time-out, and for another process") {
      let pipe = Pipe()
      let start = now()
      equal(ready(pipe.read, POLLIN, timeout: 30), 0)
      expect(now() - start >= 30_000_000)
      let pid = child {
        pause(milliseconds: 20)
        _ = write(pipe.write, "x", 1)
        return 0
      }
      equal(ready(pipe.read, POLLIN, timeout: -1), Int(POLLIN))
      reap(pid)
    },
    Check("poll: interrupted by a handler, never restarted") {
      _ = set_handler(SIGALRM, { _ in }, SA_RESTART, 0)
      ualarm(20_000, 0)
      let pipe = Pipe()
      equal(ready(pipe.read, POLLIN, timeout: 5000), -Int(EINTR))
    },
    Check("poll: many descriptors, the count of ready ones") {
      var entries: [pollfd] = []
      var ends: [Pipe] = []
      for i in 0..<100 {
        let pipe = Pipe()
        ends.append(pipe)
        entries.append(pollfd(fd: pipe.read, events: Int16(POLLIN), revents: 0))
        if i % 10 == 3 { _ = write(pipe.write, "x", 1) }
      }
      equal(result(poll(&entries, 100, -1)), 10)
      for i in 0..<100 { equal(Int(entries[i].revents), i % 10 == 3 ? Int(POLLIN) : 0) }
      equal(call(SYS_poll, -4096, 1, 0), -Int(EFAULT))
    },
    Check("select: sets, time-out, wrong descriptor") {
      let pipe = Pipe()
      _ = write(pipe.write, "x", 1)
      var reading = fd_set()
      var writing = fd_set()
      set_add(&reading, pipe.read)
      set_add(&writing, pipe.write)
      var time = timeval(tv_sec: 5, tv_usec: 0)
      equal(result(select(max(pipe.read, pipe.write) + 1, &reading, &writing, nil, &time)), 2)
      expect(set_has(&reading, pipe.read) != 0 && set_has(&writing, pipe.write) != 0)
      var byte: UInt8 = 0
      _ = read(pipe.read, &byte, 1)
      time = timeval(tv_sec: 0, tv_usec: 20_000)
      reading = fd_set()
      set_add(&reading, pipe.read)
      equal(result(select(pipe.read + 1, &reading, nil, nil, &time)), 0)
      expect(set_has(&reading, pipe.read) == 0)
      var wrong = fd_set()
      set_add(&wrong, 40)  // Linux looks no further than its table, which has at least 64
      time = timeval(tv_sec: 0, tv_usec: 0)
      equal(result(select(41, &wrong, nil, nil, &time)), -Int(EBADF))
    },
    Check("ppoll: the mask holds while it waits") {
      _ = set_handler(SIGUSR1, { _ in cell_add(0, 1) }, 0, 0)
      _ = change_mask(SIG_BLOCK, bit(SIGUSR1))
      kill(getpid(), SIGUSR1)
      var empty = sigset_t()
      sigemptyset(&empty)
      equal(result(ppoll(nil, 0, nil, &empty)), -Int(EINTR))
      equal(cell_get(0), 1)
      equal(Int(change_mask(SIG_BLOCK, 0)), Int(bit(SIGUSR1)))
    },
  ]
}
