public import Basics
import Locking

/// Memory that several address spaces share without a file: what `MAP_SHARED | MAP_ANONYMOUS` maps. Pages are
/// made, filled with zeros, when first touched.
public final class SharedMemory: Pager {
  private let pages: SpinLock<SharedPages>

  /// Room for `length` bytes. `ENOMEM` when the machine could never hold so much.
  public static func make(length: UInt64) throws(Errno) -> SharedMemory {
    guard length <= UserMemory.end, (length &+ 4095) &>> 12 <= Frames.totalFrames else { throw .ENOMEM }
    try Memory.admit(Int(length &>> 19) &+ 8192)
    return SharedMemory(length: length)
  }

  private init(length: UInt64) { pages = SpinLock(.pageCache, SharedPages(count: (length &+ 4095) &>> 12)) }

  deinit { pages.withLock { (pages: inout SharedPages) in pages.releaseAll() } }

  public func page(_ index: UInt64, writing: Bool) throws(Errno) -> Frame? {
    if let frame = find(index) { return frame }
    guard pages.withLock({ (pages: inout SharedPages) -> Bool in index < pages.count }) else { return nil }
    try Memory.admit(8192)
    guard let new = Frames.allocate(zeroed: true) else { throw .ENOMEM }
    let (frame, used) = pages.withLock { (pages: inout SharedPages) -> (Frame, Bool) in
      if let frame = pages[index] { return (frame, false) }
      pages[index] = new
      return (new, true)
    }
    // One reference is ours to give, one stays here.
    Frames.retain(frame)
    if !used { Frames.release(new) }
    return frame
  }

  public func cachedPages(from index: UInt64, into batch: inout FrameBatch) {
    for position in 0..<batch.wanted { batch[position] = find(index &+ UInt64(position)) }
  }

  private func find(_ index: UInt64) -> Frame? {
    pages.withLock { (pages: inout SharedPages) -> Frame? in
      guard let frame = pages[index] else { return nil }
      Frames.retain(frame)
      return frame
    }
  }
}

/// Frames by page index: an array of arrays of 1024, made as needed.
private struct SharedPages: ~Copyable {
  let count: UInt64
  private var chunks: [[UInt32]]

  init(count: UInt64) {
    self.count = count
    chunks = Array(repeating: [], count: Int((count &+ 1023) / 1024))
  }

  subscript(index: UInt64) -> Frame? {
    get {
      guard index < count else { return nil }
      let chunk = Int(index / 1024)
      guard !chunks[chunk].isEmpty else { return nil }
      let number = chunks[chunk][Int(index % 1024)]
      return number == FrameTable.none ? nil : Frame(number: number)
    }
    set {
      guard index < count else { return }
      let chunk = Int(index / 1024)
      if chunks[chunk].isEmpty { chunks[chunk] = Array(repeating: FrameTable.none, count: 1024) }
      chunks[chunk][Int(index % 1024)] = newValue?.number ?? FrameTable.none
    }
  }

  mutating func releaseAll() {
    for chunk in chunks {
      for number in chunk where number != FrameTable.none { Frames.release(Frame(number: number)) }
    }
    chunks = []
  }
}
