// faults: address spaces.
import CLinux
import Harness

private let pagesPerRound = 16

/// One operation: 16 pages are mapped and written, half of them made read-only and made writable again, all read and unmapped.
/// Every eighth operation forks in between: the child writes to its copies of half of the pages, and neither sees the other's.
func faultLoad(_ place: Place) -> Load {
  var random = Random(place.seed)

  return Load(
    operation: { number in
      let value = Int(truncatingIfNeeded: random.next() >> 8)
      let start = pages(pagesPerRound)
      func word(_ page: Int) -> UnsafeMutablePointer<Int> {
        (start + page * pageSize).assumingMemoryBound(to: Int.self)
      }
      for page in 0..<pagesPerRound {
        if word(page).pointee != 0 { return "a new page is not zero" }
        word(page).pointee = value &+ page
      }
      let half = UInt(pagesPerRound / 2 * pageSize)
      if mprotect(start, Int(half), PROT_READ) != 0 { return "mprotect: errno \(errno_get())" }
      if mprotect(start, Int(half), PROT_READ | PROT_WRITE) != 0 { return "mprotect back: errno \(errno_get())" }
      if number & 7 == 7 {
        let end = run {
          for page in 0..<pagesPerRound where word(page).pointee != value &+ page { return 1 }
          for page in 0..<pagesPerRound / 2 { word(page).pointee = 0 &- value }
          for page in 0..<pagesPerRound / 2 where word(page).pointee != 0 &- value { return 2 }
          return 0
        }
        if end != 0 { return "the child ended with \(end)" }
      }
      for page in 0..<pagesPerRound where word(page).pointee != value &+ page { return "page \(page) is wrong" }
      if munmap(start, pagesPerRound * pageSize) != 0 { return "munmap: errno \(errno_get())" }
      return nil
    },
    end: { nil })
}
