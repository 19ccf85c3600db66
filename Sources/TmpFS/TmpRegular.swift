import Basics
import Files
import Locking
import Memory
import Scheduling
import Synchronization

/// A regular file of a tmpfs: its pages are the file.
///
/// Locks: `contents` (sleeping, class `.inodeSleep`) makes writes, truncation and hole punching one at a time; `pages`
/// (short, class `.tmpfsPages`) guards the tree of pages. Reading and page faults take the short one alone.
final class TmpRegular: TmpNode, @unchecked Sendable {
  private let contents = SleepLock<Void>(.inodeSleep, ())
  private let pages = SpinLock<PageTree>(.tmpfsPages, PageTree())
  /// Regions of address spaces that map the file.
  private let mappings = Atomic<Int>(0)

  init(_ system: TmpFileSystem, _ node: NewNode) { super.init(system, node) }

  deinit { system.releasePages(pages.withLock { $0.count }) }

  override func open(_ request: OpenRequest) throws(Errno) -> OpenFile { TmpFile(request, self) }

  /// The largest size: what Linux allows on x86-64.
  static var sizeLimit: Int64 { .max }

  // MARK: Pages

  /// The frame of a page with a reference for the caller; nil for a hole.
  @inline(__always)
  func present(_ index: UInt64) -> Frame? {
    pages.withLock { (pages) -> Frame? in
      guard let frame = pages.find(index) else { return nil }
      Frames.retain(frame)
      return frame
    }
  }

  func nextPresent(_ index: UInt64) -> UInt64? { pages.withLock { $0.nextPresent(index) } }

  /// Puts `frame`, whose page was reserved, into a hole, with the caller's reference. Gives the frame that is there
  /// already, with a reference for the caller, when somebody was faster; the caller keeps `frame` then.
  private func insert(_ index: UInt64, _ frame: Frame) -> Frame? {
    let other = pages.withLock { (pages) -> Frame? in
      let other = pages.insert(index, frame)
      if let other { Frames.retain(other) }
      return other
    }
    if other == nil { attributes.addBlocks(8) }
    return other
  }

  /// The frame of a page, made if need be, with a reference for the caller. Throws ENOSPC, ENOMEM.
  func obtain(_ index: UInt64) throws(Errno) -> Frame {
    if let frame = present(index) { return frame }
    let frame = try fresh(zeroed: true)
    Frames.retain(frame)
    guard let other = insert(index, frame) else { return frame }
    Frames.release(frame)
    discard(frame)
    return other
  }

  /// Gives back a frame from `fresh`, and its page.
  private func discard(_ frame: Frame) {
    Frames.release(frame)
    system.releasePages(1)
  }

  private func fresh(zeroed: Bool) throws(Errno) -> Frame {
    try system.reservePage()
    guard let frame = Frames.allocate(zeroed: zeroed) else {
      system.releasePages(1)
      throw .ENOMEM
    }
    return frame
  }

  // MARK: Writing

  /// Writes at `offset`, or at the end when `appending`, and moves `offset` behind what was written.
  func write(from source: inout UserSource, at offset: inout Int64, appending: Bool) throws(Errno) -> Int {
    try contents.withLock { (_) throws(Errno) -> Int in
      if appending { offset = attributes.size }
      var written = 0
      while source.remaining > 0 {
        let within = Int(truncatingIfNeeded: offset & 4095)
        let room = min(4096 - within, Int(clamping: Self.sizeLimit - offset))
        if room <= 0 {
          if written == 0 { throw .EFBIG }
          break
        }
        let copied: Int
        do throws(Errno) {
          copied = try writePage(from: &source, UInt64(offset) >> 12, within, min(room, source.remaining))
        } catch {
          if written == 0 { throw error }
          break
        }
        if copied == 0 { break }
        written += copied
        offset += Int64(copied)
        if offset > attributes.size { attributes.size = offset }
        if within + copied == 4096, source.remaining > 0 { Scheduler.preemptionPoint() }
      }
      if written > 0 { attributes.touchModified() }
      return written
    }
  }

  private func writePage(from source: inout UserSource, _ index: UInt64, _ within: Int, _ count: Int) throws(Errno) -> Int {
    if let frame = present(index) {
      defer { Frames.release(frame) }
      return try source.copy(into: frame, offset: within, count: count)
    }
    // A whole page need not be cleared first; it enters the file when it is filled.
    let whole = count == 4096
    let frame = try fresh(zeroed: !whole)
    let copied: Int
    do throws(Errno) {
      copied = try source.copy(into: frame, offset: within, count: count)
    } catch {
      discard(frame)
      throw error
    }
    if whole, copied < 4096 { Frames.clear(frame, offset: copied, count: 4096 - copied) }
    if let other = insert(index, frame) {
      // A page fault filled the hole meanwhile: the bytes go to its page.
      Frames.copy(from: frame, offset: within, to: other, at: within, count: copied)
      Frames.release(other)
      discard(frame)
    }
    return copied
  }

  // MARK: Size

  override func truncate(to size: Int64) throws(Errno) {
    guard size >= 0 else { throw .EINVAL }
    contents.withLock { _ in
      let old = attributes.size
      attributes.size = size
      if size < old { cut(from: size, to: .max) }
    }
    attributes.touchModified()
  }

  /// Clears `start ..< end`: whole pages go, and parts of pages become zeros. While the file is mapped somewhere the
  /// pages stay and are cleared, so that mappings and file never disagree. With `contents` locked.
  private func cut(from start: Int64, to end: Int64) {
    guard start < end else { return }
    let (first, last) = (UInt64(start), UInt64(end))
    let firstWhole = (first + 4095) >> 12
    let lastWhole = last >> 12
    if first & 4095 != 0 {
      let stop = min(last, firstWhole << 12)
      clear(first >> 12, Int(first & 4095), Int(stop - first))
    }
    if end != .max, last & 4095 != 0, lastWhole >= firstWhole { clear(lastWhole, 0, Int(last & 4095)) }
    guard firstWhole < lastWhole else { return }
    if mappings.load(ordering: .acquiring) > 0 {
      var index = firstWhole
      while let page = nextPresent(index), page < lastWhole {
        clear(page, 0, 4096)
        index = page + 1
        Scheduler.preemptionPoint()
      }
    } else {
      drop(firstWhole..<lastWhole)
    }
  }

  private func drop(_ range: Range<UInt64>) {
    while let batch = pages.withLock({ $0.take(range) }) {
      batch.release()
      attributes.addBlocks(-8 * Int64(batch.count))
      system.releasePages(batch.count)
      Scheduler.preemptionPoint()
    }
  }

  private func clear(_ index: UInt64, _ offset: Int, _ count: Int) {
    guard let frame = present(index) else { return }
    Frames.clear(frame, offset: offset, count: count)
    Frames.release(frame)
  }

  override func allocate(_ request: AllocationRequest) throws(Errno) {
    let (end, overflow) = request.offset.addingReportingOverflow(request.length)
    if overflow || end > Self.sizeLimit { throw .EFBIG }
    try contents.withLock { (_) throws(Errno) in
      switch request.operation {
      case .punchHole:
        // A size up to the largest number: rounded up it is one more than an Int64 holds.
        let whole = Int64(clamping: (UInt64(attributes.size) + 4095) & ~4095)
        cut(from: request.offset, to: min(end, whole))
      case .zeroRange, .allocate:
        if request.operation == .zeroRange { cut(from: request.offset, to: end) }
        var index = UInt64(request.offset) >> 12
        while index < (UInt64(end) + 4095) >> 12 {
          Frames.release(try obtain(index))
          index += 1
          Scheduler.preemptionPoint()
        }
        if !request.keepsSize, end > attributes.size { attributes.size = end }
      }
    }
    attributes.touchModified()
  }

  // MARK: Mappings

  /// A page for a mapping; see `Pager.page`.
  func mapped(_ index: UInt64) throws(Errno) -> Frame? {
    guard index < (UInt64(attributes.size) + 4095) >> 12 else { return nil }
    return try obtain(index)
  }

  /// Adds the pages from `index` on that are there; see `Pager.cachedPages`.
  func mapped(from index: UInt64, into batch: inout FrameBatch) {
    let end = (UInt64(attributes.size) + 4095) >> 12
    let stop = min(end, index &+ UInt64(batch.wanted))
    guard index < stop else { return }
    pages.withLock { (pages) in
      pages.visit(index..<stop) { (page, frame) in
        Frames.retain(frame)
        batch[Int(truncatingIfNeeded: page &- index)] = frame
      }
    }
  }

  func mappingChanged(by count: Int) { mappings.wrappingAdd(count, ordering: .acquiringAndReleasing) }
}
