// Contents of files: read(2), write(2), lseek(2), ftruncate(2), pread(2), sendfile(2).
import CLinux
import Harness

private func size(_ path: String) -> Int {
  var s = stat()
  return stat(path, &s) == 0 ? Int(s.st_size) : -1
}

var fileChecks: [Check] {
  [
    Check("file: read back what was written, at odd offsets and lengths") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      let count = 200_000
      var model = [UInt8](repeating: 0, count: count)
      var random = Random(3)
      for _ in 0..<200 {
        let at = random.below(count - 9000)
        let length = 1 + random.below(9000)
        let value = UInt8(random.below(256))
        for i in at..<at + length { model[i] = value }
        let block = [UInt8](repeating: value, count: length)
        equal(pwrite(fd, block, length, at), length)
      }
      let end = size("f")
      var back = [UInt8](repeating: 0xff, count: count)
      equal(pread(fd, &back, count, 0), end)
      for i in 0..<end { expect(back[i] == model[i]) }
    },
    Check("file: holes read as zeros; seek past the end; SEEK_END") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      equal(lseek(fd, 100_000, SEEK_SET), 100_000)
      equal(size("f"), 0)
      _ = write(fd, "x", 1)
      equal(size("f"), 100_001)
      var buffer = [UInt8](repeating: 7, count: 5000)
      equal(pread(fd, &buffer, 5000, 50_000), 5000)
      for b in buffer { equal(Int(b), 0) }
      equal(lseek(fd, -1, SEEK_END), 100_000)
      equal(result(lseek(fd, -1, SEEK_SET)), -Int(EINVAL))
      equal(result(lseek(fd, 0, 77)), -Int(EINVAL))
      equal(pread(fd, &buffer, 10, 100_001), 0)
      equal(pread(fd, &buffer, 10, 1 << 40), 0)
      equal(result(pread(fd, &buffer, 10, -1)), -Int(EINVAL))
    },
    Check("file: truncate shortens and lengthens, what was cut reads as zero") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      let block = [UInt8](repeating: 9, count: 10_000)
      _ = write(fd, block, 10_000)
      equal(result(ftruncate(fd, 5_001)), 0)
      equal(size("f"), 5_001)
      equal(result(ftruncate(fd, 10_000)), 0)
      var buffer = [UInt8](repeating: 1, count: 10_000)
      equal(pread(fd, &buffer, 10_000, 0), 10_000)
      equal(Int(buffer[5_000]), 9)
      for i in 5_001..<10_000 { equal(Int(buffer[i]), 0) }
      equal(result(ftruncate(fd, -1)), -Int(EINVAL))
      equal(result(truncate("f", 3)), 0)
      equal(size("f"), 3)
      equal(result(truncate("none", 3)), -Int(ENOENT))
      mkdir("d", 0o755)
      equal(result(truncate("d", 3)), -Int(EISDIR))
      close(x_open("f", O_WRONLY | O_TRUNC, 0))
      equal(size("f"), 0)
    },
    Check("file: O_APPEND writes at the end, whatever the offset; two writers lose nothing") {
      let a = x_open("f", O_CREAT | O_WRONLY | O_APPEND, 0o600)
      for _ in 0..<4 {
        _ = child {
          let fd = x_open("f", O_WRONLY | O_APPEND, 0)
          for _ in 0..<100 { if write(fd, "0123456789", 10) != 10 { return 1 } }
          return 0
        }
      }
      for _ in 0..<4 { equal(outcome(reap(-1)), 0) }
      equal(size("f"), 4000)
      _ = lseek(a, 0, SEEK_SET)
      _ = write(a, "x", 1)
      equal(size("f"), 4001)
      equal(lseek(a, 0, SEEK_CUR), 4001)
    },
    Check("file: pread and pwrite leave the offset alone; shared offset of a fork adds up") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      equal(pwrite(fd, "abc", 3, 10), 3)
      equal(lseek(fd, 0, SEEK_CUR), 0)
      for _ in 0..<4 {
        _ = child {
          for _ in 0..<50 { _ = write(fd, "1234", 4) }
          return 0
        }
      }
      for _ in 0..<4 { reap(-1) }
      equal(lseek(fd, 0, SEEK_CUR), 800)
    },
    Check("file: sendfile and copy_file_range") {
      let a = x_open("a", O_CREAT | O_RDWR, 0o600)
      let b = x_open("b", O_CREAT | O_RDWR, 0o600)
      let block = [UInt8](repeating: 3, count: 30_000)
      _ = write(a, block, 30_000)
      var at = 10
      equal(sendfile(b, a, &at, 20_000), 20_000)
      equal(at, 20_010)
      equal(size("b"), 20_000)
      let pipe = Pipe()
      _ = lseek(a, 29_000, SEEK_SET)
      equal(sendfile(pipe.write, a, nil, 5_000), 1_000)
    },
    Check("file: fallocate-free space figures: statfs") {
      var s = statfs()
      equal(result(statfs(".", &s)), 0)
      expect(s.f_bsize > 0 && s.f_namelen == 255)
      equal(result(statfs("none", &s)), -Int(ENOENT))
    },
    Check("file: fallocate punches holes, wherever they lie") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      var bytes = [UInt8](repeating: 7, count: 10_000)
      equal(write(fd, bytes, bytes.count), bytes.count)
      func punch(_ offset: Int, _ length: Int) -> Int { call(SYS_fallocate, Int(fd), 3, offset, length) }
      equal(punch(4_000, 2_000), 0)
      equal(pread(fd, &bytes, bytes.count, 0), bytes.count)
      expect(bytes[3_999] == 7 && bytes[4_000] == 0 && bytes[5_999] == 0 && bytes[6_000] == 7)
      // Beyond the end there is nothing to punch.
      equal(punch(10_100, 50), 0)
      equal(punch(20_100, 100), 0)
      equal(punch(1 << 40, 4_096), 0)
      var status = stat()
      equal(result(fstat(fd, &status)), 0)
      equal(Int(status.st_size), 10_000)
      // Not every file system has files of the largest size.
      if ftruncate(fd, Int.max) == 0 {
        let end = punch(Int.max - 5_000, 4_000)
        expect(end == 0 || end == -Int(EFBIG))
        equal(punch(10_001, 50_000), 0)
      }
      close(fd)
    },
    Check("file: fsync, fdatasync, sync succeed") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      equal(result(fsync(fd)), 0)
      equal(result(fdatasync(fd)), 0)
      sync()
      let pipe = Pipe()
      equal(result(fsync(pipe.write)), -Int(EINVAL))
    },
    Check("file: RLIMIT_FSIZE gives SIGXFSZ and EFBIG") {
      var limit = rlimit(rlim_cur: 5000, rlim_max: 5000)
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      equal(
        run {
          setrlimit(__rlimit_resource_t(1), &limit)
          let block = [UInt8](repeating: 3, count: 6000)
          _ = set_ignore(SIGXFSZ)
          if write(fd, block, 6000) != 5000 { return 1 }
          if result(write(fd, block, 1)) != -Int(EFBIG) { return 2 }
          _ = set_default(SIGXFSZ)
          _ = write(fd, block, 1)
          return 3
        }, 256 + Int(SIGXFSZ))
    },
  ]
}
