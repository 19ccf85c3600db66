// File descriptors: dup(2), fcntl(2), open(2), close(2), close_range(2).
import CLinux
import Harness

var descriptorChecks: [Check] {
  [
    Check("fd: open gives the lowest free number") {
      let a = x_open("a", O_CREAT | O_RDWR, 0o600)
      let b = x_open("b", O_CREAT | O_RDWR, 0o600)
      equal(Int(b), Int(a + 1))
      close(a)
      equal(Int(x_open("a", O_RDWR, 0)), Int(a))
      equal(result(close(99)), -Int(EBADF))
      equal(result(read(99, nil, 0)), -Int(EBADF))
    },
    Check("fd: dup shares the offset, open does not") {
      let a = x_open("f", O_CREAT | O_RDWR, 0o600)
      _ = write(a, "0123456789", 10)
      let b = dup(a)
      let c = x_open("f", O_RDWR, 0)
      equal(lseek(a, 4, SEEK_SET), 4)
      equal(lseek(b, 0, SEEK_CUR), 4)
      equal(lseek(c, 0, SEEK_CUR), 0)
      equal(
        run {
          _ = lseek(a, 7, SEEK_SET)
          return 0
        }, 0)
      equal(lseek(b, 0, SEEK_CUR), 7)
    },
    Check("fd: dup2 closes the target, dup2 to itself, dup3 not; limits") {
      let a = x_open("f", O_CREAT | O_RDWR, 0o600)
      equal(result(dup2(a, 50)), 50)
      equal(result(dup2(a, a)), Int(a))
      equal(result(dup3(a, a, 0)), -Int(EINVAL))
      equal(result(dup2(99, 98)), -Int(EBADF))
      equal(result(dup2(a, -1)), -Int(EBADF))
      equal(result(dup2(a, 0x7fff_ffff)), -Int(EBADF))
      equal(Int(x_fcntl(a, F_DUPFD, 40)), 40)
      equal(Int(x_fcntl(a, F_DUPFD, 40)), 41)
      equal(Int(x_fcntl(a, F_DUPFD_CLOEXEC, 40)), 42)
      equal(Int(x_fcntl(42, F_GETFD, 0)), 1)
      equal(Int(x_fcntl(41, F_GETFD, 0)), 0)
    },
    Check("fd: close-on-exec closes on exec and only then") {
      let kept = x_open("/dev/null", O_RDONLY, 0)
      let dropped = x_open("/dev/null", O_RDONLY | O_CLOEXEC, 0)
      dup2(kept, 60)
      dup2(dropped, 61)
      x_fcntl(61, F_SETFD, 1)
      equal(run { Int32(x_fcntl(61, F_GETFD, 0)) }, 1)
      equal(run { execSelf("report-descriptors") }, 0b01)
    },
    Check("fd: fcntl flags: F_GETFL tells, F_SETFL changes only some") {
      let fd = x_open("f", O_CREAT | O_RDWR | O_APPEND, 0o600)
      equal(Int(x_fcntl(fd, F_GETFL, 0)) & (Int(O_ACCMODE) | Int(O_APPEND) | Int(O_NONBLOCK)), Int(O_RDWR | O_APPEND))
      equal(Int(x_fcntl(fd, F_SETFL, Int(O_NONBLOCK | O_WRONLY))), 0)
      equal(
        Int(x_fcntl(fd, F_GETFL, 0)) & (Int(O_ACCMODE) | Int(O_APPEND) | Int(O_NONBLOCK)), Int(O_RDWR | O_NONBLOCK))
      equal(result(x_fcntl(fd, 9999, 0)), -Int(EINVAL))
    },
    Check("fd: access modes are enforced") {
      let w = x_open("f", O_CREAT | O_WRONLY, 0o600)
      let r = x_open("f", O_RDONLY, 0)
      var byte: UInt8 = 0
      equal(result(read(w, &byte, 1)), -Int(EBADF))
      equal(result(write(r, &byte, 1)), -Int(EBADF))
      equal(result(ftruncate(r, 0)), -Int(EINVAL))
    },
    Check("fd: EFAULT for bad buffers, nothing lost") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      equal(call(SYS_write, Int(fd), -4096, 10), -Int(EFAULT))
      equal(call(SYS_write, Int(fd), 0x10, 10), -Int(EFAULT))
      equal(lseek(fd, 0, SEEK_CUR), 0)
      _ = write(fd, "abc", 3)
      _ = lseek(fd, 0, SEEK_SET)
      equal(call(SYS_read, Int(fd), 0x10, 3), -Int(EFAULT))
      equal(call(SYS_open, 0x10, 0, 0), -Int(EFAULT))
      equal(call(SYS_open, -1, 0, 0), -Int(EFAULT))
    },
    Check("fd: close_range") {
      let fd = x_open("/dev/null", O_RDONLY, 0)
      for n: Int32 in 70...75 { dup2(fd, n) }
      equal(call(SYS_close_range, 71, 74, 0), 0)
      equal(Int(x_fcntl(70, F_GETFD, 0)), 0)
      for n: Int32 in 71...74 { equal(result(x_fcntl(n, F_GETFD, 0)), -Int(EBADF)) }
      equal(Int(x_fcntl(75, F_GETFD, 0)), 0)
      equal(call(SYS_close_range, 5, 4, 0), -Int(EINVAL))
    },
    Check("fd: /proc/self/fd names them") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      dup2(fd, 80)
      var buffer = [CChar](repeating: 0, count: 256)
      let n = readlink("/proc/self/fd/80", &buffer, 255)
      expect(n > 2)
      equal(Int(buffer[n - 1]), 0x66)
      equal(Int(buffer[n - 2]), 0x2f)
    },
    Check("fd: devices: null, zero, full, random") {
      var buffer = [UInt8](repeating: 9, count: 64)
      let null = x_open("/dev/null", O_RDWR, 0)
      equal(read(null, &buffer, 64), 0)
      equal(write(null, buffer, 64), 64)
      let zero = x_open("/dev/zero", O_RDWR, 0)
      equal(read(zero, &buffer, 64), 64)
      for b in buffer { equal(Int(b), 0) }
      let full = x_open("/dev/full", O_RDWR, 0)
      equal(result(write(full, buffer, 1)), -Int(ENOSPC))
      let random = x_open("/dev/urandom", O_RDONLY, 0)
      equal(read(random, &buffer, 64), 64)
      var different = 0
      for b in buffer where b != buffer[0] { different += 1 }
      expect(different > 10)
      equal(call(SYS_getrandom, Int(bitPattern: pages(1)), 100, 0), 100)
    },
  ]
}
