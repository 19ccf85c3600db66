import Basics
import Files
import Memory
import Processes

/// Mapping memory: `mmap(2)`, `munmap(2)`, `mprotect(2)`, `mremap(2)`, `brk(2)`.
extension SystemCalls {
  static func mmap(_ call: borrowing Call) throws(Errno) -> Int {
    let (length, wanted, bits, offset) = (call.a1, call.a2, MapBits(rawValue: uint(call.a3)), call.a5)
    guard offset & 4095 == 0 else { throw .EINVAL }
    var request = MapRequest(address: call.a0, length: length, protection: protection(wanted))
    request.fixed = bits.contains(.fixed) || bits.contains(.fixedNoReplace)
    request.noReplace = bits.contains(.fixedNoReplace)
    // A hint need not be aligned: the page it lies in is meant.
    if !request.fixed { request.address &= ~4095 }
    let sharing = bits.rawValue & 3
    guard sharing != 0 else { throw .EINVAL }
    if bits.contains(.hugePages) { throw .ENOMEM }
    if bits.contains(.noReserve) { request.flags.insert(.noReserve) }
    if bits.contains(.growsDown) { request.flags.insert(.growsDown) }
    if bits.contains(.locked) {
      try admitLocking(call, length)
      request.flags.insert(.locked)
      request.populate = true
    }
    if bits.contains(.populate), !bits.contains(.nonBlocking) { request.populate = true }
    if sharing != 2 { request.flags.insert(.shared) }
    if bits.contains(.anonymous) {
      if request.flags.contains(.shared) {
        guard length > 0 else { throw .EINVAL }
        request.pager = try SharedMemory.make(length: length)
      }
    } else {
      let file = try call.file(call.a4)
      try checkFile(file, &request, validates: sharing == 3, bits)
      request.pager = try file.pager()
      request.offset = offset
    }
    return Int(bitPattern: UInt(try call.task.space.map(request)))
  }

  /// What the file's mode allows to map; "EACCES" of mmap(2).
  private static func checkFile(
    _ file: OpenFile, _ request: inout MapRequest, validates: Bool, _ bits: MapBits
  ) throws(Errno) {
    guard request.length > 0 else { throw .EINVAL }
    if validates, !bits.isSubset(of: .known) { throw .EOPNOTSUPP }
    guard file.flags.isReadable else { throw .EACCES }
    guard request.flags.contains(.shared) else { return }
    if !file.flags.isWritable {
      if request.protection.contains(.write) { throw .EACCES }
      request.flags.insert(.neverWritable)
    }
  }

  static func munmap(_ call: borrowing Call) throws(Errno) -> Int {
    try call.task.space.unmap(call.a0, call.a1)
    return 0
  }

  static func mprotect(_ call: borrowing Call) throws(Errno) -> Int {
    // PROT_GROWSDOWN and PROT_GROWSUP are for stacks only; nothing uses them but old loaders.
    guard call.a2 & ~0xf == 0 else { throw .EINVAL }
    try call.task.space.protect(call.a0, call.a1, protection(call.a2))
    return 0
  }

  static func mremap(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = call.a3
    // MREMAP_MAYMOVE, MREMAP_FIXED; not MREMAP_DONTUNMAP.
    guard flags & ~3 == 0, flags & 2 == 0 || flags & 1 != 0 else { throw .EINVAL }
    let address = try call.task.space.remap(
      call.a0, call.a1, call.a2, mayMove: flags & 1 != 0, fixed: flags & 2 != 0 ? call.a4 : nil)
    return Int(bitPattern: UInt(address))
  }

  static func brk(_ call: borrowing Call) throws(Errno) -> Int {
    Int(bitPattern: UInt(call.task.space.setBreak(call.a0)))
  }

  /// `PROT_READ`, `PROT_WRITE`, `PROT_EXEC`. The processor cannot withhold reading from what may be written.
  private static func protection(_ bits: UInt64) -> Protection {
    var result = Protection(rawValue: UInt8(bits & 7))
    if result.contains(.write) { result.insert(.read) }
    return result
  }
}

/// `MAP_…` of mmap(2).
private struct MapBits: OptionSet {
  let rawValue: UInt32
  static var fixed: MapBits { MapBits(rawValue: 0x10) }
  static var anonymous: MapBits { MapBits(rawValue: 0x20) }
  static var growsDown: MapBits { MapBits(rawValue: 0x100) }
  static var locked: MapBits { MapBits(rawValue: 0x2000) }
  static var noReserve: MapBits { MapBits(rawValue: 0x4000) }
  static var populate: MapBits { MapBits(rawValue: 0x8000) }
  static var nonBlocking: MapBits { MapBits(rawValue: 0x1_0000) }
  static var hugePages: MapBits { MapBits(rawValue: 0x4_0000) }
  static var fixedNoReplace: MapBits { MapBits(rawValue: 0x10_0000) }
  /// What `MAP_SHARED_VALIDATE` accepts.
  static var known: MapBits { MapBits(rawValue: 0x17_f93f) }
}
