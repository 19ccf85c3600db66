import Basics
import Memory

/// What a pipe's lock guards.
struct PipeState: ~Copyable {
  var ring: PipeRing
  /// How many open file descriptions read and write.
  var readers = 0
  var writers = 0
  /// How many ever did: openers of named pipes wait for these to change.
  var readerOpens: UInt = 0
  var writerOpens: UInt = 0
  /// A write is under way whose bytes must stay together, and its thread is off the lock to have a page of its
  /// source faulted in: the other writers wait.
  var isStaging = false

  init(pages: Int) { ring = PipeRing(pages: pages) }

  /// Writes of up to this many bytes are never interleaved with others (`PIPE_BUF`, `pipe(7)`).
  static var atomicSize: Int { 4096 }

  /// Moves bytes into the pipe: all that fit, or for an atomic write all or none.
  mutating func write(_ source: inout UserSource, atomic: Bool, continues: Bool) throws(Errno) -> PipeStep {
    if readers == 0 {
      abandonWrite(continues)
      throw .EPIPE
    }
    if isStaging && !continues { return .blocked }
    let wanted = source.remaining
    let room = ring.room
    if atomic ? room < wanted : room == 0 { return .blocked }
    let count = min(room, wanted)
    let before = ring.staged
    let copied: Int
    do throws(Errno) {
      copied = try ring.stage(&source, count)
    } catch {
      abandonWrite(continues)
      throw error
    }
    if copied < count && (atomic || copied == 0) {
      isStaging = atomic
      return .fault(after: 0)
    }
    isStaging = false
    ring.publish()
    return .moved(before &+ copied)
  }

  /// An atomic write ends without having written.
  mutating func abandonWrite(_ mine: Bool) {
    guard mine else { return }
    isStaging = false
    ring.unstage()
  }

  /// Moves bytes out of the pipe: as many as there are.
  mutating func read(into sink: inout UserSink) -> PipeStep {
    let available = ring.count
    if available == 0 { return writers == 0 ? .moved(0) : .blocked }
    let count = min(available, sink.remaining)
    let copied = ring.read(into: &sink, count)
    return copied < count ? .fault(after: copied) : .moved(copied)
  }

  /// Whether a blocked writer can go on: as much room as the largest atomic write needs.
  var isWritable: Bool { ring.room >= PipeState.atomicSize && !isStaging }
}

/// What one attempt at a pipe brought.
enum PipeStep {
  /// Bytes moved; 0 is the end of file.
  case moved(Int)
  /// Nothing to read, or no room.
  case blocked
  /// Bytes moved, but then a page of the user's is not there: fault it in without the lock, and try again.
  case fault(after: Int)
}
