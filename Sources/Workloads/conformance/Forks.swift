// fork(2), vfork(2): copies, sharing, limits.
import CLinux
import Harness

var forkChecks: [Check] {
  [
    Check("fork: memory is copied on write, both ways") {
      let p = pages(64).assumingMemoryBound(to: Int.self)
      for i in 0..<64 { p[i * 512] = i }
      let down = Pipe()
      let up = Pipe()
      let pid = child {
        for i in 0..<32 { p[i * 512] = 1000 + i }
        _ = write(up.write, "x", 1)
        var byte: UInt8 = 0
        _ = read(down.read, &byte, 1)
        for i in 0..<32 { if p[i * 512] != 1000 + i { return 1 } }
        for i in 32..<64 { if p[i * 512] != i { return 2 } }
        return 0
      }
      var byte: UInt8 = 0
      _ = read(up.read, &byte, 1)
      for i in 0..<64 { equal(p[i * 512], i) }
      for i in 32..<64 { p[i * 512] = 5000 + i }
      _ = write(down.write, "x", 1)
      equal(outcome(reap(pid)), 0)
      for i in 32..<64 { equal(p[i * 512], 5000 + i) }
    },
    Check("fork: a tree of depth 20, each level writes its own copy") {
      func level(_ n: Int, _ p: UnsafeMutablePointer<Int>) -> Int32 {
        p[0] += 1
        if n == 0 { return Int32(p[0]) }
        return Int32(run { level(n - 1, p) })
      }
      let p = pages(1).assumingMemoryBound(to: Int.self)
      equal(run { level(20, p) }, 21)
      equal(p[0], 0)
    },
    Check("fork: system calls write through copy-on-write") {
      let p = pages(2)
      memset(p, 0x41, 2 * pageSize)
      let pipe = Pipe()
      equal(
        run {
          _ = write(pipe.write, "zzzz", 4)
          return read(pipe.read, p + pageSize - 2, 4) == 4 ? 0 : 1
        }, 0)
      equal(Int(p.load(fromByteOffset: pageSize - 2, as: UInt8.self)), 0x41)
      equal(Int(p.load(fromByteOffset: pageSize + 1, as: UInt8.self)), 0x41)
    },
    Check("fork: inherits directory, umask, limits, descriptors; not timers and locks") {
      mkdir("d", 0o755)
      chdir("d")
      umask(0o123)
      var timer = itimerval(it_interval: timeval(), it_value: timeval(tv_sec: 100, tv_usec: 0))
      setitimer(ITIMER_REAL, &timer, nil)
      equal(
        run {
          if access("../d", F_OK) != 0 || umask(0) != 0o123 { return 1 }
          var mine = itimerval()
          getitimer(ITIMER_REAL, &mine)
          return mine.it_value.tv_sec == 0 ? 0 : 2
        }, 0)
      getitimer(ITIMER_REAL, &timer)
      expect(timer.it_value.tv_sec > 0)
    },
    Check("fork: 200 children at once, all waited for") {
      let pipe = Pipe()
      for i in 0..<200 {
        let pid = child {
          var b: UInt8 = 0
          close(pipe.write)
          _ = read(pipe.read, &b, 1)
          return Int32(i % 100)
        }
        expect(pid > 0)
      }
      pipe.close()
      var sum = 0
      for _ in 0..<200 {
        var status: Int32 = 0
        expect(waitpid(-1, &status, 0) > 0)
        sum += Int(status >> 8)
      }
      equal(sum, 9900)
    },
    Check("fork: chains of orphans all end") {
      prctl_subreaper(1)
      let pipe = Pipe()
      _ = child {
        for _ in 0..<30 { if fork() != 0 { _exit(0) } }
        _ = write(pipe.write, "e", 1)
        return 0
      }
      close(pipe.write)
      var byte: UInt8 = 0
      equal(read(pipe.read, &byte, 1), 1)
      var ended = 0
      while waitpid(-1, nil, 0) > 0 { ended += 1 }
      equal(ended, 31)
    },
    Check("vfork: the parent waits until the child has left its memory") {
      let words = sharedWords(1)
      let stack = pages(16)
      let pid = x_clone(
        { context in
          pause(milliseconds: 20)
          context!.assumingMemoryBound(to: Int.self)[0] = 5
          _exit(3)
        }, stack + 65536, CLONE_VM | CLONE_VFORK | SIGCHLD, words, nil, nil)
      expect(pid > 0)
      equal(words[0], 5)
      equal(outcome(reap(pid)), 3)
    },
    Check("clone: without CLONE_VM the memory is a copy; wrong flags refused") {
      var words = pages(1)
      _ = withUnsafeMutablePointer(to: &words) { $0 }
      let stack = pages(16)
      let pid = x_clone(
        {
          $0!.assumingMemoryBound(to: Int.self)[0] = 5
          return 4
        }, stack + 65536, SIGCHLD, words, nil, nil)
      equal(outcome(reap(pid)), 4)
      equal(words.load(as: Int.self), 0)
      equal(call(SYS_clone, Int(CLONE_SIGHAND), 0, 0, 0, 0), -Int(EINVAL))
      equal(call(SYS_clone, Int(CLONE_THREAD), 0, 0, 0, 0), -Int(EINVAL))
    },
  ]
}
