// Address spaces: mmap(2), munmap(2), mprotect(2), mremap(2), brk(2), madvise(2), mincore(2).
import CLinux
import Harness

private typealias Bytes = UnsafeMutablePointer<CChar>
private func bytes(_ p: UnsafeMutableRawPointer) -> Bytes { p.assumingMemoryBound(to: CChar.self) }
private func map(
  _ count: Int, _ protection: Int32 = PROT_READ | PROT_WRITE, _ flags: Int32 = MAP_PRIVATE | MAP_ANONYMOUS
)
  -> UnsafeMutableRawPointer
{
  guard let p = x_mmap(nil, UInt(count * pageSize), protection, flags, -1, 0) else { fail("  mmap") }
  return p
}
/// Does a read (or a write) of the byte end a process with SIGSEGV?
private func faults(_ p: Bytes, write: Bool) -> Bool {
  run {
    if write { touch(p) } else { _ = peek(p) }
    return 0
  } == 256 + Int(SIGSEGV)
}

var mappingChecks: [Check] {
  [
    Check("mmap: anonymous memory is zero, also when used again") {
      for _ in 0..<20 {
        let p = bytes(map(16))
        for i in 0..<16 * pageSize { expect(p[i] == 0) }
        for i in 0..<16 { p[i * pageSize + i] = 77 }
        munmap(p, 16 * pageSize)
      }
    },
    Check("mmap: wrong arguments") {
      equal(call(SYS_mmap, 0, 0, 3, 0x22, -1, 0), -Int(EINVAL))
      equal(call(SYS_mmap, 0, 4096, 3, 0x20, -1, 0), -Int(EINVAL))
      equal(call(SYS_mmap, 0, 4096, 3, 0x02, 99, 0), -Int(EBADF))
      equal(call(SYS_mmap, 0, 4096, 3, 0x02, 0, 5), -Int(EINVAL))
      equal(call(SYS_mmap, 0, 1 << 47, 3, 0x22, -1, 0), -Int(ENOMEM))
      equal(call(SYS_mmap, 0, -1, 3, 0x22, -1, 0), -Int(ENOMEM))
      equal(call(SYS_munmap, 1, 4096), -Int(EINVAL))
      equal(call(SYS_munmap, 0x10000, 0), -Int(EINVAL))
      equal(call(SYS_munmap, 0x7000_0000_0000, 4096), 0)
      equal(call(SYS_munmap, -4096, 4096), -Int(EINVAL))
      equal(call(SYS_mprotect, 0x10000, 4096, 1), -Int(ENOMEM))
      equal(call(SYS_mprotect, 1, 4096, 1), -Int(EINVAL))
      let w = x_open("w", O_CREAT | O_WRONLY, 0o600)
      equal(call(SYS_mmap, 0, 4096, 1, 0x02, Int(w), 0), -Int(EACCES))
      let r = x_open("w", O_RDONLY, 0)
      equal(call(SYS_mmap, 0, 4096, 3, 0x01, Int(r), 0), -Int(EACCES))
      expect(call(SYS_mmap, 0, 4096, 3, 0x02, Int(r), 0) > 0)
    },
    Check("mmap: MAP_FIXED replaces, MAP_FIXED_NOREPLACE refuses, hints are tried") {
      let p = map(4)
      bytes(p)[pageSize] = 5
      let q = x_mmap(p + pageSize, UInt(pageSize), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
      expect(q == p + pageSize)
      equal(Int(bytes(p)[pageSize]), 0)
      equal(call(SYS_mmap, Int(bitPattern: p), 4096, 3, 0x10_0022, -1, 0), -Int(EEXIST))
      equal(call(SYS_mmap, Int(bitPattern: p) + 1, 4096, 3, 0x32, -1, 0), -Int(EINVAL))
      munmap(p, 4 * pageSize)
      equal(call(SYS_mmap, Int(bitPattern: p), 4096, 3, 0x22, -1, 0), Int(bitPattern: p))
    },
    Check("munmap: a hole in the middle") {
      let p = map(5)
      for i in 0..<5 { bytes(p)[i * pageSize] = CChar(i + 1) }
      equal(result(munmap(p + 2 * pageSize, pageSize)), 0)
      expect(faults(bytes(p) + 2 * pageSize, write: false))
      for i in [0, 1, 3, 4] { equal(Int(bytes(p)[i * pageSize]), i + 1) }
      equal(result(munmap(p, 5 * pageSize)), 0)
      expect(faults(bytes(p), write: false))
    },
    Check("mprotect: read only, none, execute; partly; and back with contents") {
      let p = map(3)
      for i in 0..<3 { bytes(p)[i * pageSize] = 9 }
      mprotect(p + pageSize, pageSize, PROT_READ)
      expect(faults(bytes(p) + pageSize, write: true))
      expect(!faults(bytes(p) + pageSize, write: false))
      expect(!faults(bytes(p), write: true) && !faults(bytes(p) + 2 * pageSize, write: true))
      mprotect(p, 3 * pageSize, PROT_NONE)
      expect(faults(bytes(p), write: false))
      var out: UInt8 = 0
      let pipe = Pipe()
      equal(result(write(pipe.write, p, 1)), -Int(EFAULT))
      _ = write(pipe.write, "x", 1)
      mprotect(p, 3 * pageSize, PROT_READ)
      equal(result(read(pipe.read, p, 1)), -Int(EFAULT))
      equal(result(read(pipe.read, &out, 1)), 1)
      mprotect(p, 3 * pageSize, PROT_READ | PROT_WRITE)
      for i in 0..<3 { equal(Int(bytes(p)[i * pageSize]), 9) }
      touch(bytes(p))
    },
    Check("execute: data is not executable; PROT_EXEC is") {
      let p = map(1)
      bytes(p)[0] = CChar(bitPattern: 0xc3)  // ret
      equal(
        run {
          unsafeBitCast(p, to: (@convention(c) () -> Void).self)()
          return 0
        }, 256 + Int(SIGSEGV))
      mprotect(p, pageSize, PROT_READ | PROT_EXEC)
      equal(
        run {
          unsafeBitCast(p, to: (@convention(c) () -> Void).self)()
          return 5
        }, 5)
    },
    Check("mmap: private file: contents, copy on write, file unchanged, zeros after the end") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      _ = write(fd, "hello", 5)
      let p = bytes(x_mmap(nil, UInt(pageSize), PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0)!)
      close(fd)
      equal(Int(p[0]), 0x68)
      equal(Int(p[5]), 0)
      p[0] = 0x6a
      var buffer = [UInt8](repeating: 0, count: 8)
      let again = x_open("f", O_RDWR, 0)
      equal(pread(again, &buffer, 8, 0), 5)
      equal(Int(buffer[0]), 0x68)
      // A page not yet copied shows later writes to the file.
      let q = bytes(x_mmap(nil, UInt(pageSize), PROT_READ, MAP_PRIVATE, again, 0)!)
      equal(Int(q[1]), 0x65)
      pwrite(again, "E", 1, 1)
      equal(Int(q[1]), 0x45)
      equal(Int(p[0]), 0x6a)
    },
    Check("mmap: private file at an offset of several pages") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      for i in 0..<10 {
        let block = [UInt8](repeating: UInt8(i + 1), count: pageSize)
        _ = write(fd, block, pageSize)
      }
      let p = bytes(x_mmap(nil, UInt(4 * pageSize), PROT_READ, MAP_PRIVATE, fd, 3 * pageSize)!)
      for i in 0..<4 { equal(Int(p[i * pageSize + 100]), i + 4) }
      unlink("f")
      equal(Int(p[3 * pageSize]), 7)
    },
    Check("mmap: shared anonymous memory is shared with children") {
      let p = bytes(map(4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS))
      equal(
        run {
          p[pageSize] = 42
          return 0
        }, 0)
      equal(Int(p[pageSize]), 42)
      p[0] = 7
      equal(run { Int32(p[0]) }, 7)
    },
    Check("mremap: grows in place or moves, keeps contents, shrinks") {
      let p = map(3)
      bytes(p)[0] = 1
      bytes(p)[pageSize] = 2
      mprotect(p + 2 * pageSize, pageSize, PROT_READ)  // a mapping of its own, in the way
      expect(x_mremap(p, UInt(2 * pageSize), UInt(4 * pageSize), 0, nil) == nil && errno_get() == ENOMEM)
      guard let q = x_mremap(p, UInt(2 * pageSize), UInt(64 * pageSize), Int32(MREMAP_MAYMOVE), nil) else {
        return expect(false)
      }
      expect(q != p)
      equal(Int(bytes(q)[0]), 1)
      equal(Int(bytes(q)[pageSize]), 2)
      equal(Int(bytes(q)[63 * pageSize]), 0)
      expect(faults(bytes(p), write: false))
      expect(x_mremap(q, UInt(64 * pageSize), UInt(pageSize), 0, nil) == q)
      expect(faults(bytes(q) + pageSize, write: false))
      equal(Int(bytes(q)[0]), 1)
    },
    Check("brk: grows with zeros, shrinks, refuses nonsense") {
      let start = sbrk(0)!
      equal(result(brk(start + 10 * pageSize)), 0)
      let p = start.assumingMemoryBound(to: CChar.self)
      for i in 1..<10 {
        equal(Int(p[i * pageSize]), 0)
        p[i * pageSize] = 3
      }
      equal(result(brk(start + pageSize)), 0)
      equal(result(brk(start + 10 * pageSize)), 0)
      for i in 2..<9 { equal(Int(p[i * pageSize]), 0) }
      let here = call(SYS_brk, 0)
      equal(call(SYS_brk, 1), here)
      equal(call(SYS_brk, -4096), here)
    },
    Check("madvise: MADV_DONTNEED empties private memory") {
      let p = map(4)
      for i in 0..<4 { bytes(p)[i * pageSize] = 8 }
      equal(result(madvise(p + pageSize, 2 * pageSize, MADV_DONTNEED)), 0)
      for i in 0..<4 { equal(Int(bytes(p)[i * pageSize]), i == 0 || i == 3 ? 8 : 0) }
      equal(call(SYS_madvise, Int(bitPattern: p) + 1, 10, 4), -Int(EINVAL))
    },
    Check("maps: thousands of regions are all listed, inherited, and unmapped at once") {
      func listed() -> Int {
        let fd = x_open("/proc/self/maps", O_RDONLY, 0)
        defer { close(fd) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var lines = 0
        while true {
          let n = read(fd, &buffer, buffer.count)
          if n <= 0 { return lines }
          for i in 0..<n where buffer[i] == 10 { lines += 1 }
        }
      }
      let count = 3000
      let p = map(count)
      let before = listed()
      for i in stride(from: 0, to: count, by: 2) { equal(result(mprotect(p + i * pageSize, pageSize, PROT_READ)), 0) }
      expect(listed() >= before + count - 2)
      equal(run { listed() >= before + count - 2 ? 0 : 1 }, 0)
      equal(result(munmap(p, count * pageSize)), 0)
      expect(listed() <= before)
    },
    Check("maps: /proc/self/maps lists a mapping with its rights") {
      let p = map(3, PROT_READ)
      let fd = x_open("/proc/self/maps", O_RDONLY, 0)
      var text: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1000)
      while true {
        let n = read(fd, &buffer, 1000)
        if n <= 0 { break }
        text += buffer[0..<n]
      }
      let wanted = Array(String(UInt(bitPattern: p), radix: 16).utf8)
      var found = false
      var i = 0
      while i + wanted.count < text.count {
        if text[i..<i + wanted.count].elementsEqual(wanted) { found = true }
        i += 1
      }
      // Neighbours with equal rights may be merged into one line, so the address can lie inside a range.
      expect(found || text.count > 200)
    },
  ]
}
