// Pipes: pipe(7).
import CLinux
import Harness

var pipeChecks: [Check] {
  [
    Check("socket: messages without bytes do not pile up without end") {
      for kind in [1, 5] {  // SOCK_STREAM, SOCK_SEQPACKET
        var ends: (Int32, Int32) = (-1, -1)
        equal(withUnsafeMutablePointer(to: &ends) { call(SYS_socketpair, 1, kind | Int(O_NONBLOCK), 0, Int(bitPattern: $0)) }, 0)
        var sent = 0
        var answer = 0
        while answer == 0 && sent < 2000 {
          answer = call(SYS_sendto, Int(ends.0), 0, 0, 0, 0, 0)
          sent += 1
        }
        equal(answer, kind == 1 ? 0 : -Int(EAGAIN))  // a stream has nothing to carry
        close(ends.0)
        close(ends.1)
      }
    },
    Check("pipe: bytes in order, end of file when the last writer closes") {
      let pipe = Pipe()
      let pid = child {
        close(pipe.read)
        var random = Random(1)
        for _ in 0..<2000 {
          var word = random.next()
          if write(pipe.write, &word, 8) != 8 { return 1 }
        }
        return 0
      }
      close(pipe.write)
      var random = Random(1)
      var word: UInt64 = 0
      for _ in 0..<2000 {
        equal(read(pipe.read, &word, 8), 8)
        expect(word == random.next())
      }
      equal(read(pipe.read, &word, 8), 0)
      equal(outcome(reap(pid)), 0)
    },
    Check("pipe: no reader gives EPIPE and SIGPIPE") {
      let pipe = Pipe()
      close(pipe.read)
      equal(
        run {
          _ = write(pipe.write, "x", 1)
          return 0
        }, 256 + Int(SIGPIPE))
      _ = set_ignore(SIGPIPE)
      equal(result(write(pipe.write, "x", 1)), -Int(EPIPE))
    },
    Check("pipe: a writer that waits gets EPIPE when the reader goes") {
      let pipe = Pipe()
      let pid = child {
        close(pipe.read)
        _ = set_ignore(SIGPIPE)
        let block = [UInt8](repeating: 1, count: 65536)
        if result(write(pipe.write, block, block.count)) != 65536 { return 1 }
        return result(write(pipe.write, block, 1)) == -Int(EPIPE) ? 0 : 2
      }
      pause(milliseconds: 30)
      close(pipe.read)
      equal(outcome(reap(pid)), 0)
    },
    Check("pipe: O_NONBLOCK: EAGAIN when empty and when full; 65,536 bytes fit") {
      let pipe = Pipe(flags: O_NONBLOCK)
      var byte: UInt8 = 0
      equal(result(read(pipe.read, &byte, 1)), -Int(EAGAIN))
      let block = [UInt8](repeating: 1, count: 4096)
      var total = 0
      while true {
        let n = result(write(pipe.write, block, 4096))
        if n < 0 {
          equal(n, -Int(EAGAIN))
          break
        }
        total += n
      }
      equal(total, 65536)
      var buffer = [UInt8](repeating: 0, count: 70000)
      equal(read(pipe.read, &buffer, 70000), 65536)
    },
    Check("pipe: writes of at most PIPE_BUF are not mixed") {
      let pipe = Pipe()
      for i in 1...4 {
        _ = child {
          close(pipe.read)
          let block = [UInt8](repeating: UInt8(i), count: 4096)
          for _ in 0..<50 { if write(pipe.write, block, 4096) != 4096 { return 1 } }
          return 0
        }
      }
      close(pipe.write)
      var buffer = [UInt8](repeating: 0, count: 4096)
      var counts = [0, 0, 0, 0, 0]
      while true {
        var have = 0
        while have < 4096 {
          let n = buffer.withUnsafeMutableBytes { read(pipe.read, $0.baseAddress! + have, 4096 - have) }
          if n <= 0 { break }
          have += n
        }
        if have == 0 { break }
        equal(have, 4096)
        for b in buffer { expect(b == buffer[0]) }
        counts[Int(buffer[0])] += 1
      }
      for i in 1...4 { equal(counts[i], 50) }
      for _ in 1...4 { equal(outcome(reap(-1)), 0) }
    },
    Check("pipe: one large write arrives whole at a slow reader") {
      let pipe = Pipe()
      let pid = child {
        close(pipe.read)
        let block = [UInt8](repeating: 5, count: 300_000)
        return write(pipe.write, block, block.count) == 300_000 ? 0 : 1
      }
      close(pipe.write)
      var buffer = [UInt8](repeating: 0, count: 777)
      var total = 0
      while true {
        let n = read(pipe.read, &buffer, 777)
        if n <= 0 { break }
        total += n
      }
      equal(total, 300_000)
      equal(outcome(reap(pid)), 0)
    },
    Check("pipe: wrong end, wrong flags, no seek, FIONREAD") {
      let pipe = Pipe()
      var byte: UInt8 = 0
      equal(result(write(pipe.read, &byte, 1)), -Int(EBADF))
      equal(result(read(pipe.write, &byte, 1)), -Int(EBADF))
      equal(result(lseek(pipe.read, 0, SEEK_SET)), -Int(ESPIPE))
      equal(result(pread(pipe.read, &byte, 1, 0)), -Int(ESPIPE))
      _ = write(pipe.write, "abcde", 5)
      var n: Int32 = 0
      equal(result(x_ioctl(pipe.read, UInt(FIONREAD), &n)), 0)
      equal(Int(n), 5)
      var s = stat()
      fstat(pipe.read, &s)
      equal(Int(s.st_mode & 0o170000), 0o010000)
      equal(call(SYS_pipe2, 0x1000, 0x7fff_ffff), -Int(EINVAL))
      equal(call(SYS_pipe2, -4096, 0), -Int(EFAULT))
      equal(read(pipe.read, &byte, 0), 0)
    },
    Check("fifo: open waits for the other side; O_NONBLOCK does not") {
      equal(result(mkfifo("f", 0o600)), 0)
      equal(result(x_open("f", O_WRONLY | O_NONBLOCK, 0)), -Int(ENXIO))
      let reader = x_open("f", O_RDONLY | O_NONBLOCK, 0)
      expect(reader >= 0)
      var byte: UInt8 = 0
      equal(result(read(reader, &byte, 1)), 0)
      close(reader)
      let pid = child {
        let fd = x_open("f", O_WRONLY, 0)
        return write(fd, "hello", 5) == 5 ? 0 : 1
      }
      let fd = x_open("f", O_RDONLY, 0)
      var buffer = [UInt8](repeating: 0, count: 8)
      equal(read(fd, &buffer, 8), 5)
      equal(read(fd, &buffer, 8), 0)
      equal(outcome(reap(pid)), 0)
    },
    Check("pipe: readv and writev gather and scatter") {
      let pipe = Pipe()
      let a = strdup("abc")!
      let b = strdup("defgh")!
      var vector = [iovec(iov_base: a, iov_len: 3), iovec(iov_base: nil, iov_len: 0), iovec(iov_base: b, iov_len: 5)]
      equal(writev(pipe.write, &vector, 3), 8)
      let p = pages(1).assumingMemoryBound(to: UInt8.self)
      var into = [iovec(iov_base: p, iov_len: 2), iovec(iov_base: p + 100, iov_len: 100)]
      equal(readv(pipe.read, &into, 2), 8)
      equal(Int(p[1]), 0x62)
      equal(Int(p[105]), 0x68)
      equal(result(readv(pipe.read, &into, -1)), -Int(EINVAL))
      equal(result(writev(pipe.write, &into, 1025)), -Int(EINVAL))
    },
  ]
}
