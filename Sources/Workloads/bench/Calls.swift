// Entering and leaving the kernel.
import CLinux
import Harness

var callBenchmarks: [Benchmark] {
  [
    Benchmark(name: "null", meaning: "getppid, the instruction alone") { meter in
      meter.measure(operations: 16) { for _ in 0..<16 { _ = raw_call(Int(SYS_getppid), 0, 0, 0, 0, 0, 0) } }
    },
    Benchmark(name: "getpid", meaning: "getpid through the C library") { meter in
      meter.measure(operations: 16) { for _ in 0..<16 { _ = getpid() } }
    },
    Benchmark(name: "read-zero", meaning: "read of 1 byte from /dev/zero") { meter in
      let fd = x_open("/dev/zero", O_RDONLY, 0)
      var byte: UInt8 = 0
      meter.measure(operations: 16) { for _ in 0..<16 { _ = read(fd, &byte, 1) } }
      close(fd)
    },
    Benchmark(name: "write-null", meaning: "write of 1 byte to /dev/null") { meter in
      let fd = x_open("/dev/null", O_WRONLY, 0)
      var byte: UInt8 = 0
      meter.measure(operations: 16) { for _ in 0..<16 { _ = write(fd, &byte, 1) } }
      close(fd)
    },
    Benchmark(name: "poll", meaning: "poll of one pipe that is ready") { meter in
      let pipe = Pipe()
      _ = write(pipe.write, "x", 1)
      var entry = pollfd(fd: pipe.read, events: Int16(POLLIN), revents: 0)
      meter.measure(operations: 16) { for _ in 0..<16 { _ = poll(&entry, 1, -1) } }
      pipe.close()
    },
    Benchmark(name: "clock", meaning: "clock_gettime as a system call") { meter in
      var time = timespec()
      meter.measure(operations: 16) {
        for _ in 0..<16 {
          withUnsafeMutablePointer(to: &time) {
            _ = raw_call(Int(SYS_clock_gettime), Int(CLOCK_MONOTONIC), Int(bitPattern: $0), 0, 0, 0, 0)
          }
        }
      }
    },
    Benchmark(name: "signal", meaning: "kill of itself, handler, sigreturn") { meter in
      _ = set_handler(SIGUSR1, { _ in }, 0, 0)
      let me = getpid()
      meter.measure(operations: 8) { for _ in 0..<8 { _ = kill(me, SIGUSR1) } }
      _ = set_default(SIGUSR1)
    },
  ]
}
