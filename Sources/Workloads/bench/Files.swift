// Names, descriptors and file pages, on the file system of /tmp.
import CLinux
import Harness

private let path = "/tmp/bench.file"

/// A file of 64 KiB in place, and gone afterwards.
private func withFile(_ body: (Int32) -> Void) {
  let fd = x_open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
  if fd < 0 { fail("bench: \(path): errno \(errno_get())") }
  let block = [UInt8](repeating: 7, count: 65536)
  _ = write(fd, block, block.count)
  body(fd)
  close(fd)
  unlink(path)
}

var fileBenchmarks: [Benchmark] {
  [
    Benchmark(name: "open-close", meaning: "open + close of a file in /tmp") { meter in
      withFile { _ in meter.measure(operations: 8) { for _ in 0..<8 { close(x_open(path, O_RDONLY, 0)) } } }
    },
    Benchmark(name: "stat", meaning: "stat of a file in /tmp") { meter in
      var s = stat()
      withFile { _ in meter.measure(operations: 8) { for _ in 0..<8 { _ = stat(path, &s) } } }
    },
    Benchmark(name: "fstat", meaning: "fstat of an open file") { meter in
      var s = stat()
      withFile { fd in meter.measure(operations: 8) { for _ in 0..<8 { _ = fstat(fd, &s) } } }
    },
    Benchmark(name: "read-4k", meaning: "pread of 4,096 bytes of a cached file") { meter in
      let buffer = pages(1)
      withFile { fd in meter.measure(operations: 4) { for _ in 0..<4 { _ = pread(fd, buffer, 4096, 8192) } } }
    },
    Benchmark(name: "write-4k", meaning: "pwrite of 4,096 bytes of a cached file") { meter in
      let buffer = pages(1)
      touch(buffer.assumingMemoryBound(to: CChar.self))
      withFile { fd in meter.measure(operations: 4) { for _ in 0..<4 { _ = pwrite(fd, buffer, 4096, 8192) } } }
    },
    Benchmark(name: "create-unlink", meaning: "create + close + unlink of an empty file") { meter in
      meter.measure(operations: 4) {
        for _ in 0..<4 {
          close(x_open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600))
          unlink(path)
        }
      }
    },
    Benchmark(name: "dup-close", meaning: "dup + close") { meter in
      meter.measure(operations: 8) { for _ in 0..<8 { close(dup(0)) } }
    },
    Benchmark(name: "pipe-same", meaning: "write + read of 1 byte through a pipe, one process") { meter in
      let pipe = Pipe()
      var byte: UInt8 = 1
      meter.measure(operations: 8) {
        for _ in 0..<8 {
          _ = write(pipe.write, &byte, 1)
          _ = read(pipe.read, &byte, 1)
        }
      }
      pipe.close()
    },
  ]
}
