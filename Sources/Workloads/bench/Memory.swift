// Address spaces and page faults.
import CLinux
import Harness

var memoryBenchmarks: [Benchmark] {
  [
    Benchmark(name: "fault", meaning: "first write to an anonymous page") { meter in
      for round in 0..<(meter.samples + 16) {
        let p = pages(faultPages)
        let start = read_tsc()
        for i in 0..<faultPages { touch(p.assumingMemoryBound(to: CChar.self) + i * pageSize) }
        let end = read_tsc()
        munmap(p, faultPages * pageSize)
        if round >= 16 { meter.add(Int(end &- start), operations: faultPages) }
      }
    },
    Benchmark(name: "cow-fault", meaning: "first write to a page shared by fork") { meter in
      let p = pages(faultPages)
      let figures = sharedWords(1)
      for round in 0..<(meter.samples / 2 + 4) {
        for i in 0..<faultPages { touch(p.assumingMemoryBound(to: CChar.self) + i * pageSize) }
        _ = run {
          let start = read_tsc()
          for i in 0..<faultPages { touch(p.assumingMemoryBound(to: CChar.self) + i * pageSize) }
          figures[0] = Int(read_tsc() &- start)
          return 0
        }
        if round >= 4 { meter.add(figures[0], operations: faultPages) }
      }
      munmap(p, faultPages * pageSize)
      munmap(figures, pageSize)
    },
    Benchmark(name: "mmap", meaning: "mmap + munmap of one page, untouched") { meter in
      meter.measure(operations: 4) { for _ in 0..<4 { munmap(pages(1), pageSize) } }
    },
    Benchmark(name: "mmap-touch", meaning: "mmap + one write + munmap") { meter in
      meter.measure(operations: 4) {
        for _ in 0..<4 {
          let p = pages(1)
          touch(p.assumingMemoryBound(to: CChar.self))
          munmap(p, pageSize)
        }
      }
    },
    Benchmark(name: "mprotect", meaning: "mprotect of one touched page, there and back") { meter in
      let p = pages(1)
      touch(p.assumingMemoryBound(to: CChar.self))
      meter.measure(operations: 4) {
        for _ in 0..<4 {
          mprotect(p, pageSize, PROT_READ)
          mprotect(p, pageSize, PROT_READ | PROT_WRITE)
        }
      }
      munmap(p, pageSize)
    },
    Benchmark(name: "brk", meaning: "brk up and down by one page, untouched") { meter in
      meter.measure(operations: 4) {
        for _ in 0..<4 {
          _ = sbrk(pageSize)
          _ = sbrk(-pageSize)
        }
      }
    },
  ]
}

private let faultPages = 64
