import Basics
import Memory

/// Reading and writing as the system calls mean it: at the position of the open file, or at an offset given.
extension OpenFile {
  /// `read(2)`: at the position, which moves. EBADF when not open for reading.
  @inline(__always)
  public final func read(into sink: inout UserSink) throws(Errno) -> Int {
    guard flags.isReadable else { throw .EBADF }
    if isSeekable {
      return try position.with { (offset) throws(Errno) -> Int in try read(into: &sink, at: &offset) }
    }
    var unused: Int64 = 0
    return try read(into: &sink, at: &unused)
  }

  /// `write(2)`: at the position, which moves, or at the end for `O_APPEND`. EBADF when not open for writing.
  @inline(__always)
  public final func write(from source: inout UserSource) throws(Errno) -> Int {
    guard flags.isWritable else { throw .EBADF }
    if isSeekable {
      return try position.with { (offset) throws(Errno) -> Int in try write(from: &source, at: &offset) }
    }
    var unused: Int64 = 0
    return try write(from: &source, at: &unused)
  }

  /// `pread(2)`: at `offset`; the position stays. ESPIPE for streams.
  public final func read(into sink: inout UserSink, from offset: Int64) throws(Errno) -> Int {
    guard offset >= 0 else { throw .EINVAL }
    guard flags.isReadable else { throw .EBADF }
    guard isSeekable else { throw .ESPIPE }
    var offset = offset
    return try read(into: &sink, at: &offset)
  }

  /// `pwrite(2)`: at `offset` (at the end for `O_APPEND`, as on Linux); the position stays. ESPIPE for streams.
  public final func write(from source: inout UserSource, to offset: Int64) throws(Errno) -> Int {
    guard offset >= 0 else { throw .EINVAL }
    guard flags.isWritable else { throw .EBADF }
    guard isSeekable else { throw .ESPIPE }
    var offset = offset
    return try write(from: &source, at: &offset)
  }

  /// `lseek(2)`. ESPIPE for streams.
  public final func moved(_ request: Seek) throws(Errno) -> Int64 {
    guard isSeekable else { throw .ESPIPE }
    return try position.with { (offset) throws(Errno) -> Int64 in
      offset = try seek(request, from: offset)
      return offset
    }
  }

  /// Copies up to `count` bytes to `target` by way of the kernel: `sendfile(2)`, `copy_file_range(2)`, `splice(2)`.
  /// `from` and `to` are offsets; nil means the file's own position (or a stream). They are moved by what was copied. An
  /// error after some bytes counts as a short copy.
  public final func copy(
    to target: OpenFile, count: Int, from: inout Int64?, to: inout Int64?
  ) throws(Errno) -> Int {
    guard flags.isReadable, target.flags.isWritable else { throw .EBADF }
    var done = 0
    while done < count {
      let moved: Int
      do throws(Errno) {
        moved = try copyPiece(to: target, min(count - done, 65536), &from, &to)
      } catch {
        if done == 0 { throw error }
        break
      }
      if moved == 0 { break }
      done += moved
    }
    return done
  }

  private final func copyPiece(
    to target: OpenFile, _ count: Int, _ from: inout Int64?, _ to: inout Int64?
  ) throws(Errno) -> Int {
    try Memory.admit(count)
    var sink = UserSink(kernelCapacity: count)
    // A source with a position of its own is read at an offset, so that what the target does not take stays unread.
    var place: Int64 = 0
    if let from {
      place = from
    } else if isSeekable {
      place = try moved(.current(0))
    }
    var end = place
    guard try read(into: &sink, at: &end) > 0 else { return 0 }
    var source = UserSource(bytes: sink.takeBytes())
    let written: Int
    if var offset = to {
      written = try target.write(from: &source, at: &offset)
      to = offset
    } else {
      written = try target.write(from: &source)
    }
    if from != nil {
      from = place + Int64(written)
    } else if isSeekable {
      _ = try moved(.set(place + Int64(written)))
    }
    return written
  }
}
