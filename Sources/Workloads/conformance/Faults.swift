// Page faults from user mode and through system calls; the stack.
import CLinux
import Harness

var faultChecks: [Check] {
  [
    Check("stack: grows by a megabyte, ends at its limit with SIGSEGV") {
      equal(Int(deep_stack(1000)), 1000)
      equal(run { Int(deep_stack(100_000)) == 0 ? 1 : 2 }, 256 + Int(SIGSEGV))
    },
    Check("stack: overflow is caught on an alternate stack") {
      var stack = stack_t(ss_sp: pages(16), ss_flags: 0, ss_size: 65536)
      sigaltstack(&stack, nil)
      equal(
        run {
          _ = set_handler(SIGSEGV, { _ in _exit(9) }, SA_ONSTACK, 0)
          return Int(deep_stack(100_000)) == 0 ? 1 : 2
        }, 9)
    },
    Check("fault: system calls fill memory not yet touched") {
      let p = pages(64)
      let fd = x_open("/dev/zero", O_RDONLY, 0)
      equal(read(fd, p, 64 * pageSize), 64 * pageSize)
      let q = pages(4)
      let pipe = Pipe()
      equal(write(pipe.write, q, 4 * pageSize), 4 * pageSize)
      equal(read(pipe.read, p, 4 * pageSize), 4 * pageSize)
    },
    Check("fault: a buffer that ends in an unmapped page gives what fits, or EFAULT") {
      let p = pages(2)
      munmap(p + pageSize, pageSize)
      let pipe = Pipe(flags: O_NONBLOCK)
      let block = [UInt8](repeating: 1, count: 200)
      _ = write(pipe.write, block, 200)
      let n = result(read(pipe.read, p + pageSize - 50, 200))
      expect(n == -Int(EFAULT) || n == 50)
      memset(p + pageSize - 3, 0, 3)
      equal(call(SYS_open, Int(bitPattern: p) + pageSize - 3, 0, 0), -Int(ENOENT))  // "" and then the end of the page
      memset(p + pageSize - 3, 0x61, 3)
      equal(call(SYS_open, Int(bitPattern: p) + pageSize - 3, 0, 0), -Int(EFAULT))
    },
    Check("fault: threads fault the same pages at once, each sees each other's words") {
      let p = pages(256).assumingMemoryBound(to: Int.self)
      var workers: [Worker] = []
      for t in 0..<4 {
        if let w = Worker({ for i in 0..<256 { _ = atomic_add(p + i * 512 + t, i + t) } }) { workers.append(w) }
      }
      equal(workers.count, 4)
      for w in workers { w.join() }
      for i in 0..<256 { for t in 0..<4 { equal(p[i * 512 + t], i + t) } }
    },
    Check("fault: more memory than the machine has is refused or kills this process alone") {
      let r = run {
        let gigabyte = 1 << 30
        for _ in 0..<64 {
          guard let p = x_mmap(nil, UInt(gigabyte), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) else {
            return 0
          }
          if memoryInformation("MemTotal:") > 2_000_000 { continue }  // not on a real machine: it would swap
          for i in 0..<gigabyte / pageSize { touch(p.assumingMemoryBound(to: CChar.self) + i * pageSize) }
        }
        return 0
      }
      expect(r == 0 || r == 256 + Int(SIGKILL) || r == 256 + Int(SIGBUS) || r == 256 + Int(SIGSEGV))
    },
  ]
}
