import Basics
import Files
import Memory
import Scheduling

/// An open regular file of a tmpfs; also what stands behind its mappings, so that they know their path.
final class TmpFile: OpenFile, Pager, @unchecked Sendable {
  private let file: TmpRegular

  init(_ request: OpenRequest, _ file: TmpRegular) {
    self.file = file
    super.init(request, inode: file, seekable: true)
  }

  override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int {
    let size = file.attributes.size
    var done = 0
    while sink.remaining > 0, offset < size {
      let within = Int(truncatingIfNeeded: offset & 4095)
      let count = min(4096 - within, Int(size - offset), sink.remaining)
      let copied: Int
      do throws(Errno) {
        copied = try readPage(into: &sink, UInt64(offset) >> 12, within, count)
      } catch {
        if done == 0 { throw error }
        break
      }
      done += copied
      offset += Int64(copied)
      if copied < count { break }
      if within + copied == 4096 { Scheduler.preemptionPoint() }
    }
    noteAccess()
    return done
  }

  @inline(__always)
  private func readPage(into sink: inout UserSink, _ index: UInt64, _ within: Int, _ count: Int) throws(Errno) -> Int {
    guard let frame = file.present(index) else { return try sink.clear(count: count) }
    defer { Frames.release(frame) }
    return try sink.copy(from: frame, offset: within, count: count)
  }

  override func write(from source: inout UserSource, at offset: inout Int64) throws(Errno) -> Int {
    try file.write(from: &source, at: &offset, appending: flags.contains(.append))
  }

  override func seek(_ seek: Seek, from current: Int64) throws(Errno) -> Int64 {
    let size = file.attributes.size
    switch seek {
    case .data(let offset):
      guard offset >= 0, offset < size else { throw .ENXIO }
      guard let page = file.nextPresent(UInt64(offset) >> 12) else { throw .ENXIO }
      let found = max(offset, Int64(clamping: page << 12))
      guard found < size else { throw .ENXIO }
      return found
    case .hole(let offset):
      guard offset >= 0, offset < size else { throw .ENXIO }
      var page = UInt64(offset) >> 12
      while page << 12 < UInt64(size), file.nextPresent(page) == page { page += 1 }
      return min(max(offset, Int64(clamping: page << 12)), size)
    default: return try standardSeek(seek, from: current, size: size)
    }
  }

  // MARK: Mappings

  override func pager() throws(Errno) -> any Pager { self }

  var identity: UInt { file.identity }

  var cuts: UInt64 { file.cuts }

  func page(_ index: UInt64, writing: Bool) throws(Errno) -> Frame? {
    if writing { file.attributes.touchModified() }
    return try file.mapped(index)
  }

  func cachedPages(from index: UInt64, into batch: inout FrameBatch) { file.mapped(from: index, into: &batch) }

  func mappingChanged(by count: Int, writable: Bool) { file.mappingChanged(by: count) }
}
