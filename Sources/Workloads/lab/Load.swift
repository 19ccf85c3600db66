// What a workload is to its worker.
import CLinux
import Harness

/// A worker's part of a workload. Both answer what was wrong, or nil.
struct Load {
  /// One operation, which looks at what it did. `number`: how many came before.
  let operation: (_ number: Int) -> String?
  /// After the last operation.
  let end: () -> String?
}

/// Where a worker works and what decides its choices.
struct Place {
  /// 0 ..< `workers`.
  let worker: Int
  let workers: Int
  let seed: Int
  /// A word that all workers see, for `worker`.
  let board: Board
}

/// Memory that parent and workers share.
struct Board {
  private let words: UnsafeMutablePointer<Int32>
  private let count: Int
  private static let stride = 16  // a cache line

  init(workers: Int) {
    count = ((3 + 2 * workers) * Board.stride * 4 + pageSize - 1) / pageSize
    words = pages(count, shared: true).assumingMemoryBound(to: Int32.self)
  }

  func free() { munmap(words, count * pageSize) }

  /// Workers that are ready to begin.
  var ready: UnsafeMutablePointer<Int32> { words }
  /// 1 when they may.
  var go: UnsafeMutablePointer<Int32> { words + Board.stride }
  /// 1 when they are to end.
  var stop: UnsafeMutablePointer<Int32> { words + 2 * Board.stride }
  /// Operations of a worker that were found right.
  func done(_ worker: Int) -> UnsafeMutablePointer<Int32> { words + (3 + 2 * worker) * Board.stride }
  /// What its neighbour has told a worker.
  func mail(_ worker: Int) -> UnsafeMutablePointer<Int32> { words + (4 + 2 * worker) * Board.stride }
}

/// Wakes threads that wait for the word. Words of one process only are `isPrivate`.
@inline(__always) func wake(_ word: UnsafeMutablePointer<Int32>, isPrivate: Bool = false, count: Int32 = Int32.max) {
  _ = x_futex(word, isPrivate ? FUTEX_WAKE | FUTEX_PRIVATE_FLAG : FUTEX_WAKE, count, nil)
}

/// Waits while the word has the value.
@inline(__always) func waitWhile(_ word: UnsafeMutablePointer<Int32>, is value: Int32, isPrivate: Bool = false) {
  while atomic_load32(word) == value {
    _ = x_futex(word, isPrivate ? FUTEX_WAIT | FUTEX_PRIVATE_FLAG : FUTEX_WAIT, value, nil)
  }
}
