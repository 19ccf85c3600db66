// Mapped files that get shorter: mmap(2), "SIGBUS"; ftruncate(2), fallocate(2) with FALLOC_FL_PUNCH_HOLE.
import CLinux
import Harness

private typealias Bytes = UnsafeMutablePointer<CChar>

/// A new file of `count` pages, page n full of n + 1.
private func file(_ count: Int) -> Int32 {
  let fd = x_open("f", O_CREAT | O_TRUNC | O_RDWR, 0o600)
  for i in 0..<count { equal(write(fd, [UInt8](repeating: UInt8(i + 1), count: pageSize), pageSize), pageSize) }
  return fd
}

private func map(_ fd: Int32, _ count: Int, _ flags: Int32) -> Bytes {
  guard let p = x_mmap(nil, UInt(count * pageSize), PROT_READ | PROT_WRITE, flags, fd, 0) else { fail("  mmap") }
  return p.assumingMemoryBound(to: CChar.self)
}

/// Does a read (or a write) of the byte end a process with SIGBUS?
private func isBeyond(_ p: Bytes, write: Bool = false) -> Bool {
  run {
    if write { touch(p) } else { _ = peek(p) }
    return 0
  } == 256 + Int(SIGBUS)
}

var shortenedChecks: [Check] {
  [
    Check("shortened: a mapped page beyond the new end gives SIGBUS, its neighbours stay") {
      let fd = file(4)
      let p = map(fd, 4, MAP_SHARED)
      for i in 0..<4 { equal(Int(p[i * pageSize]), i + 1) }
      equal(result(ftruncate(fd, pageSize + 100)), 0)
      equal(Int(p[0]), 1)
      equal(Int(p[pageSize + 99]), 2)
      equal(Int(p[pageSize + 100]), 0)
      for i in 2..<4 { expect(isBeyond(p + i * pageSize) && isBeyond(p + i * pageSize, write: true)) }
      var byte: UInt8 = 0
      equal(result(pwrite(fd, p + 2 * pageSize, 1, 0)), -Int(EFAULT))
      equal(result(pread(fd, &byte, 1, 0)), 1)
    },
    Check("shortened: the signal comes in the process that mapped, at the address") {
      let fd = file(2)
      let p = map(fd, 2, MAP_SHARED)
      touch(p + pageSize)
      equal(result(ftruncate(fd, 0)), 0)
      _ = set_handler_info(
        SIGBUS,
        { _, info, _ in
          cell_set(0, Int(info!.pointee.si_code))
          cell_set(1, Int(info_address(info)))
          // What is missing comes back, and the access goes on.
          _ = ftruncate(Int32(cell_get(2)), 2 * pageSize)
        }, 0, 0)
      cell_set(2, Int(fd))
      equal(Int(peek(p + pageSize + 8)), 0)
      equal(cell_get(0), 2)  // BUS_ADRERR
      equal(cell_get(1), Int(bitPattern: p + pageSize + 8))
    },
    Check("shortened: a file that grows again is zeros where it was cut, in old mappings too") {
      let fd = file(3)
      let p = map(fd, 3, MAP_SHARED)
      for i in 0..<3 { touch(p + i * pageSize) }
      equal(result(ftruncate(fd, 0)), 0)
      equal(result(ftruncate(fd, 3 * pageSize)), 0)
      for i in 0..<3 * pageSize { equal(Int(p[i]), 0) }
      // And mapping and file are one.
      p[pageSize] = 9
      var byte: UInt8 = 0
      equal(pread(fd, &byte, 1, pageSize), 1)
      equal(Int(byte), 9)
      pwrite(fd, "x", 1, 2 * pageSize)
      equal(Int(p[2 * pageSize]), 0x78)
    },
    Check("shortened: private copies beyond the end go, others stay") {
      let fd = file(4)
      let p = map(fd, 4, MAP_PRIVATE)
      for i in 0..<4 { p[i * pageSize] = CChar(100 + i) }
      equal(result(ftruncate(fd, 2 * pageSize - 1)), 0)
      for i in 0..<2 { equal(Int(p[i * pageSize]), 100 + i) }
      for i in 2..<4 { expect(isBeyond(p + i * pageSize)) }
      equal(result(ftruncate(fd, 4 * pageSize)), 0)
      for i in 2..<4 { equal(Int(p[i * pageSize]), 0) }
      equal(Int(p[pageSize]), 101)
    },
    Check("shortened: children's mappings too, whoever forked first") {
      let fd = file(2)
      let p = map(fd, 2, MAP_PRIVATE)
      p[pageSize] = 50
      let ready = Pipe()
      let go = Pipe()
      let pid = child {
        var byte: UInt8 = 0
        let mine = Int(p[pageSize])
        _ = write(ready.write, "x", 1)
        _ = read(go.read, &byte, 1)
        return mine == 50 && isBeyond(p + pageSize) ? 7 : 1
      }
      var byte: UInt8 = 0
      equal(read(ready.read, &byte, 1), 1)
      equal(result(ftruncate(fd, 1)), 0)
      _ = write(go.write, "x", 1)
      equal(outcome(reap(pid)), 7)
      expect(isBeyond(p + pageSize))
    },
    Check("shortened: open with O_TRUNC and truncate do the same; mremap and a second region follow") {
      let fd = file(4)
      let p = map(fd, 2, MAP_SHARED)
      let q = map(fd, 4, MAP_SHARED)
      let place = x_mremap(p, UInt(2 * pageSize), UInt(4 * pageSize), MREMAP_MAYMOVE, nil)!
      let moved = place.assumingMemoryBound(to: CChar.self)
      for i in 0..<4 { expect(Int(moved[i * pageSize]) == i + 1 && Int(q[i * pageSize]) == i + 1) }
      equal(result(truncate("f", 3 * pageSize)), 0)
      expect(isBeyond(moved + 3 * pageSize) && isBeyond(q + 3 * pageSize) && !isBeyond(q + 2 * pageSize))
      close(x_open("f", O_WRONLY | O_TRUNC, 0))
      expect(isBeyond(moved) && isBeyond(q))
      // What was unmapped is forgotten; the other region still counts.
      munmap(moved, 4 * pageSize)
      equal(result(ftruncate(fd, 4 * pageSize)), 0)
      q[3 * pageSize] = 1
      equal(result(ftruncate(fd, pageSize)), 0)
      expect(isBeyond(q + 3 * pageSize))
    },
    Check("shortened: a hole is zeros in mappings, a private copy of it stays") {
      let fd = file(4)
      let shared = map(fd, 4, MAP_SHARED)
      let own = map(fd, 4, MAP_PRIVATE)
      for i in 0..<4 { equal(Int(shared[i * pageSize]), i + 1) }
      own[pageSize] = 70
      equal(Int(own[2 * pageSize]), 3)
      equal(call(SYS_fallocate, Int(fd), 3, pageSize, 2 * pageSize), 0)
      expect(shared[0] == 1 && shared[3 * pageSize] == 4)
      for i in 1..<3 { equal(Int(shared[i * pageSize]), 0) }
      equal(Int(own[pageSize]), 70)
      equal(Int(own[2 * pageSize]), 0)
      shared[pageSize] = 8
      var byte: UInt8 = 0
      equal(pread(fd, &byte, 1, pageSize), 1)
      equal(Int(byte), 8)
    },
    Check("shortened: faults and truncation race; mapping and file never disagree") {
      let fd = file(8)
      let p = map(fd, 8, MAP_SHARED)
      let stop = sharedWords(1)
      // Children fault all the time, and die of it when they come too late.
      let pid = child {
        while atomic_load(stop) == 0 {
          _ = run {
            for i in 0..<400 { touch(p + (i & 7) * pageSize) }
            return 0
          }
        }
        return 0
      }
      for _ in 0..<200 {
        equal(result(ftruncate(fd, pageSize)), 0)
        equal(result(ftruncate(fd, 8 * pageSize)), 0)
      }
      atomic_add(stop, 1)
      equal(outcome(reap(pid)), 0)
      equal(result(ftruncate(fd, pageSize)), 0)
      for i in 1..<8 { expect(isBeyond(p + i * pageSize)) }
      equal(result(ftruncate(fd, 8 * pageSize)), 0)
      for i in 1..<8 {
        p[i * pageSize] = CChar(i)
        var byte: UInt8 = 0
        equal(pread(fd, &byte, 1, i * pageSize), 1)
        equal(Int(byte), i)
      }
    },
  ]
}
