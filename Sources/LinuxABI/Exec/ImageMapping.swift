import Basics
import Files
import Memory

extension ELFFile {
  /// Where relocatable programs go: two thirds up user space, as on Linux without randomisation.
  static var programBase: UInt64 { 0x5555_5555_4000 }

  /// Maps the segments of the file into `space`; answers what is added to the file's addresses.
  /// - Parameter base: where a relocatable image begins; nil: wherever there is room.
  func map(_ file: OpenFile, into space: AddressSpace, base: UInt64?) throws(Errno) -> UInt64 {
    let span = self.span
    let bias: UInt64
    if isRelocatable {
      // Reserve the whole span at once, so that the segments land in one piece; each then replaces its part.
      let start = try space.map(
        MapRequest(address: base ?? 0, length: span.end - span.start, protection: [], flags: .noReserve, fixed: base != nil))
      bias = start &- span.start
    } else {
      guard span.start >= 0x1000 else { throw .ENOEXEC }
      bias = 0
    }
    let pager = try file.pager()
    for segment in segments { try segment.map(pager, into: space, bias) }
    return bias
  }
}

extension ELFFile.Segment {
  /// The file's part is a private mapping; what lies beyond it in memory is zero.
  fileprivate func map(_ pager: any Pager, into space: AddressSpace, _ bias: UInt64) throws(Errno) {
    let start = (address & ~0xfff) &+ bias
    let fileEnd = address &+ fileSize &+ bias
    let filePages = (fileEnd &+ 0xfff) & ~0xfff
    let memoryPages = (end &+ bias &+ 0xfff) & ~0xfff
    if fileSize > 0 {
      _ = try space.map(
        MapRequest(
          address: start, length: filePages - start, protection: protection, pager: pager, offset: offset & ~0xfff,
          fixed: true))
    }
    let zeroStart = fileSize > 0 ? filePages : start
    if memoryPages > zeroStart {
      _ = try space.map(MapRequest(address: zeroStart, length: memoryPages - zeroStart, protection: protection, fixed: true))
    }
    // The rest of the file's last page belongs to .bss; a segment that cannot be written has none to speak of.
    if fileSize > 0, memorySize > fileSize, isWritable, fileEnd & 0xfff != 0 {
      try space.write([UInt8](repeating: 0, count: Int(filePages - fileEnd)), to: fileEnd)
    }
  }

  private var protection: Protection {
    var protection: Protection = []
    if isReadable { protection.insert(.read) }
    if isWritable { protection.insert(.write) }
    if isExecutable { protection.insert(.execute) }
    return protection
  }
}
