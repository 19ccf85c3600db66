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
  /// Pages of address spaces' regions that map the file.
  private let mappings = Atomic<Int>(0)
  private let cutCount = Atomic<UInt64>(0)

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

  private enum Insertion {
    case done
    /// Somebody was faster: the frame that is there, with a reference for the caller.
    case present(Frame)
    /// The page lies beyond the end of the file.
    case beyond
  }

  /// Puts `frame`, whose page was reserved, into a hole, with the caller's reference; else the caller keeps `frame`.
  /// `within`: not beyond the end. The size is looked at under the lock, so whoever cuts the file off drops the page
  /// later, or it is not put there.
  private func insert(_ index: UInt64, _ frame: Frame, within: Bool) -> Insertion {
    let insertion = pages.withLock { (pages) -> Insertion in
      if within, index >= pageCount { return .beyond }
      guard let other = pages.insert(index, frame) else { return .done }
      Frames.retain(other)
      return .present(other)
    }
    if case .done = insertion { attributes.addBlocks(8) }
    return insertion
  }

  /// The frame of a page, made if need be, with a reference for the caller; nil where it must be within the file and is
  /// not. Throws ENOSPC, ENOMEM.
  private func obtain(_ index: UInt64, within: Bool) throws(Errno) -> Frame? {
    if let frame = present(index) { return frame }
    let frame = try fresh(zeroed: true)
    Frames.retain(frame)
    let insertion = insert(index, frame, within: within)
    if case .done = insertion { return frame }
    Frames.release(frame)
    discard(frame)
    guard case .present(let other) = insertion else { return nil }
    return other
  }

  /// Pages up to the end of the file, the last one counted whole.
  private var pageCount: UInt64 { (UInt64(attributes.size) + 4095) >> 12 }

  /// Gives back a frame from `fresh`, and its page.
  private func discard(_ frame: Frame) {
    Frames.release(frame)
    system.releasePages(1)
  }

  private func fresh(zeroed: Bool) throws(Errno) -> Frame {
    // The page's place in the tree may take some nodes.
    try Memory.admit(8192)
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
    if case .present(let other) = insert(index, frame, within: false) {
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
      if size < old { cut(from: size, to: .max, copiesToo: true) }
    }
    attributes.touchModified()
  }

  /// Clears `start ..< end`: whole pages go, here and from where they are mapped, and parts of pages become zeros. With
  /// `contents` locked, outside which nothing grows or is written: a page that a fault gets after `drop` is a new one.
  /// `copiesToo`: programs' private copies of the pages go as well (ftruncate(2); not for holes).
  private func cut(from start: Int64, to end: Int64, copiesToo: Bool) {
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
    drop(firstWhole..<lastWhole)
    // In this order: who finds the old number may have a page that was dropped, and has mapped it before the walk comes,
    // or finds the new number then; who maps the file only now gets none that was dropped.
    cutCount.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if mappings.load(ordering: .sequentiallyConsistent) > 0 {
      FileMappers.unmap(identity, firstWhole..<lastWhole, copiesToo: copiesToo)
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
        cut(from: request.offset, to: min(end, whole), copiesToo: false)
      case .zeroRange, .allocate:
        if request.operation == .zeroRange { cut(from: request.offset, to: end, copiesToo: false) }
        var index = UInt64(request.offset) >> 12
        while index < (UInt64(end) + 4095) >> 12 {
          if let frame = try obtain(index, within: false) { Frames.release(frame) }
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
    guard index < pageCount else { return nil }
    return try obtain(index, within: true)
  }

  /// Adds the pages from `index` on that are there; see `Pager.cachedPages`.
  func mapped(from index: UInt64, into batch: inout FrameBatch) {
    let stop = min(pageCount, index &+ UInt64(batch.wanted))
    guard index < stop else { return }
    pages.withLock { (pages) in
      pages.visit(index..<stop) { (page, frame) in
        Frames.retain(frame)
        batch[Int(truncatingIfNeeded: page &- index)] = frame
      }
    }
  }

  func mappingChanged(by count: Int) { mappings.wrappingAdd(count, ordering: .sequentiallyConsistent) }

  /// How many times pages were cut off or out: see `Pager.cuts`.
  var cuts: UInt64 { cutCount.load(ordering: .sequentiallyConsistent) }

  /// What the file is called where it is mapped: `Pager.identity`.
  var identity: UInt { UInt(bitPattern: ObjectIdentifier(self)) }
}
