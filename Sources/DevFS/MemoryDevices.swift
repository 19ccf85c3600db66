import Basics
import Devices
import Files
import Memory
import Scheduling

/// The devices of major number 1 (`mem(4)`, `null(4)`, `full(4)`, `random(4)`).
final class MemoryDevices: DeviceDriver, @unchecked Sendable {
  private let random: RandomSource
  private let log: @Sendable ([UInt8]) -> Void

  /// - Parameter log: takes a line for the kernel's log.
  init(random: RandomSource, log: @escaping @Sendable ([UInt8]) -> Void) {
    self.random = random
    self.log = log
  }

  override func open(_ device: DeviceNumber, _ request: OpenRequest, inode: Inode) throws(Errno) -> OpenFile {
    switch device.minor {
    case 3: NullFile(request, inode: inode, seekable: true)
    case 5: ZeroFile(request, inode: inode, writable: true)
    case 7: ZeroFile(request, inode: inode, writable: false)
    case 8, 9: RandomFile(request, inode: inode, random)
    case 11: LogFile(request, inode: inode, log)
    default: throw .ENXIO
    }
  }
}

/// Takes everything.
private func swallow(_ source: inout UserSource) -> Int {
  let count = source.remaining
  source.skip(count)
  return count
}

/// `/dev/null`
private final class NullFile: OpenFile, @unchecked Sendable {
  override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int { 0 }
  override func write(from source: inout UserSource, at offset: inout Int64) throws(Errno) -> Int { swallow(&source) }
  override func seek(_ seek: Seek, from current: Int64) throws(Errno) -> Int64 { 0 }
  override func synchronize(dataOnly: Bool) throws(Errno) { throw .EINVAL }
}

/// `/dev/zero` and `/dev/full`: zeros to read; the latter has no room for a byte.
private final class ZeroFile: OpenFile, @unchecked Sendable {
  private let writable: Bool

  init(_ request: OpenRequest, inode: Inode, writable: Bool) {
    self.writable = writable
    super.init(request, inode: inode, seekable: true)
  }

  override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int {
    try inParts(sink.remaining) { (count) throws(Errno) -> Int in try sink.clear(count: count) }
  }

  override func write(from source: inout UserSource, at offset: inout Int64) throws(Errno) -> Int {
    guard writable else { throw .ENOSPC }
    return swallow(&source)
  }

  override func seek(_ seek: Seek, from current: Int64) throws(Errno) -> Int64 { 0 }
  override func synchronize(dataOnly: Bool) throws(Errno) { throw .EINVAL }
}

/// `/dev/random` and `/dev/urandom`: the same, since the generator is seeded before the first program.
private final class RandomFile: OpenFile, @unchecked Sendable {
  private let random: RandomSource

  init(_ request: OpenRequest, inode: Inode, _ random: RandomSource) {
    self.random = random
    super.init(request, inode: inode, seekable: true)
  }

  override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int {
    var bytes = [UInt8](repeating: 0, count: min(sink.remaining, 1024))
    return try inParts(sink.remaining) { (count) throws(Errno) -> Int in
      let part = min(count, bytes.count)
      var span = bytes.mutableSpan
      random.fill(&span)
      return try sink.copy(from: bytes, at: 0, count: part)
    }
  }

  override func write(from source: inout UserSource, at offset: inout Int64) throws(Errno) -> Int {
    try inParts(source.remaining) { (count) throws(Errno) -> Int in
      let bytes = try source.takeArray(min(count, 1024))
      random.mix(bytes.span)
      return bytes.count
    }
  }

  override func seek(_ seek: Seek, from current: Int64) throws(Errno) -> Int64 { 0 }
  override func synchronize(dataOnly: Bool) throws(Errno) { throw .EINVAL }
}

/// `/dev/kmsg`, as far as programs write to it: lines for the kernel's log. Nothing is to be read.
private final class LogFile: OpenFile, @unchecked Sendable {
  private let log: @Sendable ([UInt8]) -> Void

  init(_ request: OpenRequest, inode: Inode, _ log: @escaping @Sendable ([UInt8]) -> Void) {
    self.log = log
    super.init(request, inode: inode, seekable: false)
  }

  override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int {
    if isNonBlocking { throw .EAGAIN }
    return 0
  }

  override func write(from source: inout UserSource, at offset: inout Int64) throws(Errno) -> Int {
    guard source.remaining <= 1024 else { throw .EINVAL }
    let bytes = try source.takeArray(source.remaining)
    log(bytes)
    return bytes.count
  }
}

/// Moves up to `total` bytes in parts, with a chance for others to run, and for signals to end it, after each 4 KiB.
private func inParts(_ total: Int, _ move: (Int) throws(Errno) -> Int) throws(Errno) -> Int {
  var done = 0
  while done < total {
    let count: Int
    do throws(Errno) {
      count = try move(min(total - done, 65536))
    } catch {
      if done > 0 { return done }
      throw error
    }
    if count == 0 { break }
    done += count
    if done < total {
      Scheduler.preemptionPoint()
      if Thread.current.isInterrupted { break }
    }
  }
  return done
}
