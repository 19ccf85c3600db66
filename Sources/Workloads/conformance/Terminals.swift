// Terminals: pty(7), termios(3), tty_ioctl(4), job control on a terminal.
import CLinux
import Harness

/// A pair of ends; the follower is not yet anyone's controlling terminal.
private func openPair() -> (leader: Int32, follower: Int32) {
  let leader = x_open("/dev/ptmx", O_RDWR | O_NOCTTY, 0)
  if leader < 0 { fail("  /dev/ptmx: errno \(errno_get())") }
  var zero: Int32 = 0
  equal(result(x_ioctl(leader, 0x4004_5431, &zero)), 0)
  var number: Int32 = -1
  equal(result(x_ioctl(leader, 0x8004_5430, &number)), 0)
  let follower = x_open("/dev/pts/\(number)", O_RDWR | O_NOCTTY, 0)
  if follower < 0 { fail("  /dev/pts/\(number): errno \(errno_get())") }
  return (leader, follower)
}

private func text(_ fd: Int32) -> String {
  var buffer = [UInt8](repeating: 0, count: 256)
  let n = read(fd, &buffer, 256)
  return n <= 0 ? "" : String(decoding: buffer[0..<n], as: UTF8.self)
}

/// Reads until as many bytes have come.
private func text(_ fd: Int32, _ count: Int) -> String {
  var all = ""
  while all.utf8.count < count {
    let part = text(fd)
    if part.utf8.isEmpty { break }
    all += part
  }
  return all
}

private func change(_ fd: Int32, _ body: (inout termios) -> Void) {
  var t = termios()
  equal(result(tcgetattr(fd, &t)), 0)
  body(&t)
  equal(result(tcsetattr(fd, TCSANOW, &t)), 0)
}

/// Runs the body in a new session with the follower as its controlling terminal.
private func onTerminal(_ leader: Int32, _ follower: Int32, _ body: () -> Int32) -> Int32 {
  child {
    setsid()
    if x_ioctl_int(follower, UInt(TIOCSCTTY), 0) != 0 { return 90 }
    close(leader)
    return body()
  }
}

var terminalChecks: [Check] {
  [
    Check("terminal: lines are edited and echoed; newline becomes carriage return, newline") {
      let (leader, follower) = openPair()
      _ = write(leader, "helo\u{7f}lo\n", 8)
      expect(same(text(follower), "hello\n"))
      expect(same(text(leader, 11), "helo\u{8} \u{8}lo\r\n"))
      _ = write(follower, "a\nb", 3)
      expect(same(text(leader, 4), "a\r\nb"))
      expect(isatty(follower) == 1)
      let file = x_open("f", O_CREAT | O_RDWR, 0o600)
      expect(isatty(file) == 0 && errno_get() == ENOTTY)
    },
    Check("terminal: kill line, end of file, several lines wait apart") {
      let (leader, follower) = openPair()
      change(follower) { $0.c_lflag &= ~UInt32(ECHO) }
      _ = write(leader, "junk\u{15}one\ntwo\n\u{4}x\u{4}", 16)
      expect(same(text(follower), "one\n"))
      expect(same(text(follower), "two\n"))
      expect(same(text(follower), ""))
      expect(same(text(follower), "x"))
    },
    Check("terminal: raw mode, VMIN and VTIME") {
      let (leader, follower) = openPair()
      change(follower) { cfmakeraw(&$0) }
      _ = write(leader, "\u{3}\u{4}a", 3)
      expect(same(text(follower, 3), "\u{3}\u{4}a"))
      change(follower) {
        cfmakeraw(&$0)
        set_control(&$0, Int32(VMIN), 0)
        set_control(&$0, Int32(VTIME), 1)
      }
      let start = now()
      expect(same(text(follower), ""))
      expect(now() - start >= 90_000_000)
      _ = write(follower, "\n", 1)
      expect(same(text(leader), "\n"))
    },
    Check("terminal: Ctrl-C, Ctrl-\\ and Ctrl-Z go to the foreground group") {
      for (key, signal) in [("\u{3}", SIGINT), ("\u{1c}", SIGQUIT), ("\u{1a}", SIGTSTP)] {
        let (leader, follower) = openPair()
        let ready = Pipe()
        let pid = onTerminal(leader, follower) {
          let foreground = child {
            setpgid(0, 0)
            _ = set_ignore(SIGTTOU)
            tcsetpgrp(follower, getpid())
            _ = set_default(SIGTTOU)
            _ = write(ready.write, "x", 1)
            while true { CLinux.pause() }
          }
          var status: Int32 = 0
          waitpid(foreground, &status, WUNTRACED)
          let r = status_stopped(status) != 0 ? status_stop_signal(status) : status_signal(status)
          kill(foreground, SIGKILL)
          return r
        }
        var byte: UInt8 = 0
        _ = read(ready.read, &byte, 1)
        _ = write(leader, key, 1)
        equal(outcome(reap(pid)), Int(signal))
        close(leader)
        close(follower)
      }
    },
    Check("terminal: a background read stops with SIGTTIN; tcsetpgrp with SIGTTOU") {
      for reading in [true, false] {
        let (leader, follower) = openPair()
        let pid = onTerminal(leader, follower) {
          tcsetpgrp(follower, getpgrp())
          let background = child {
            setpgid(0, 0)
            if reading { _ = text(follower) } else { tcsetpgrp(follower, getpid()) }
            return 0
          }
          var status: Int32 = 0
          waitpid(background, &status, WUNTRACED)
          let r = status_stopped(status) != 0 ? status_stop_signal(status) : 80
          kill(background, SIGKILL)
          return r
        }
        equal(outcome(reap(pid)), Int(reading ? SIGTTIN : SIGTTOU))
      }
    },
    Check("terminal: window size is kept, and a change tells the foreground group") {
      let (leader, follower) = openPair()
      let ready = Pipe()
      let pid = onTerminal(leader, follower) {
        _ = set_handler(SIGWINCH, { _ in cell_set(0, 1) }, 0, 0)
        tcsetpgrp(follower, getpgrp())
        _ = write(ready.write, "x", 1)
        while cell_get(0) == 0 { pause(milliseconds: 1) }
        var size = winsize()
        _ = x_ioctl(follower, UInt(TIOCGWINSZ), &size)
        return size.ws_row == 33 && size.ws_col == 111 ? 7 : 8
      }
      var byte: UInt8 = 0
      _ = read(ready.read, &byte, 1)
      var size = winsize(ws_row: 33, ws_col: 111, ws_xpixel: 0, ws_ypixel: 0)
      equal(result(x_ioctl(leader, UInt(TIOCSWINSZ), &size)), 0)
      equal(outcome(reap(pid)), 7)
    },
    Check("terminal: hang-up: EIO and SIGHUP to the session") {
      let (leader, follower) = openPair()
      let ready = Pipe()
      let pid = onTerminal(leader, follower) {
        _ = write(ready.write, "x", 1)
        while true { CLinux.pause() }
      }
      close(follower)
      var byte: UInt8 = 0
      _ = read(ready.read, &byte, 1)
      close(leader)
      equal(outcome(reap(pid)), 256 + Int(SIGHUP))
      let (other, end) = openPair()
      close(end)
      equal(result(read(other, &byte, 1)), -Int(EIO))
    },
    Check("terminal: /dev/tty is the controlling one; none is ENXIO") {
      let (leader, follower) = openPair()
      let pid = onTerminal(leader, follower) {
        let fd = x_open("/dev/tty", O_RDWR, 0)
        if fd < 0 || write(fd, "hi", 2) != 2 { return 1 }
        if tcgetsid(fd) != getpid() { return 2 }
        return 0
      }
      expect(same(text(leader, 2), "hi"))
      equal(outcome(reap(pid)), 0)
      equal(
        run {
          setsid()
          return result(x_open("/dev/tty", O_RDWR, 0)) == -Int(ENXIO) ? 0 : 1
        }, 0)
    },
    Check("terminal: poll on both ends") {
      let (leader, follower) = openPair()
      var entry = pollfd(fd: follower, events: Int16(POLLIN), revents: 0)
      equal(result(poll(&entry, 1, 0)), 0)
      _ = write(leader, "ab", 2)
      equal(result(poll(&entry, 1, 20)), 0)  // no whole line yet
      _ = write(leader, "\n", 1)
      equal(result(poll(&entry, 1, 2000)), 1)
      var other = pollfd(fd: leader, events: Int16(POLLIN), revents: 0)
      equal(result(poll(&other, 1, 2000)), 1)
    },
    Check("terminal: openpty and ttyname") {
      var leader: Int32 = 0
      var follower: Int32 = 0
      equal(result(openpty(&leader, &follower, nil, nil, nil)), 0)
      expect(ttyname(follower) != nil)
      expect(String(cString: ttyname(follower)).utf8.starts(with: "/dev/pts/".utf8))
    },
  ]
}
