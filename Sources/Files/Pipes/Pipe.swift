import Basics
import Locking
import Memory
import Scheduling

/// A pipe or named pipe (`pipe(7)`): a bounded stream of bytes between open file descriptions.
///
/// One short lock guards it. Bytes go directly between user memory and the ring under that lock, as long as no page
/// fault is needed; else the page is faulted in outside, and the attempt made again.
public final class Pipe: @unchecked Sendable {
  private let state: SpinLock<PipeState>
  /// Who waits for bytes (or the last writer's leaving), and who for room (or the last reader's leaving).
  private let readable = WaitQueue()
  private let writable = WaitQueue()
  /// Who opens a named pipe and waits for the other side.
  private let opened = WaitQueue()

  /// 64 KiB, as on Linux.
  static var defaultPages: Int { 16 }
  /// 1 MiB: the most that `F_SETPIPE_SZ` gives without privilege (`/proc/sys/fs/pipe-max-size`).
  static var pageLimit: Int { 256 }

  init(pages: Int = Pipe.defaultPages) { state = SpinLock(.pipe, PipeState(pages: pages)) }

  // MARK: Reading and writing

  /// Reads what is there, waiting for the first byte. 0 when it is empty and nobody writes.
  /// - Throws: `EAGAIN`, `ERESTARTSYS`, `EFAULT`.
  @inline(__always)
  func read(into sink: inout UserSink, nonBlocking: Bool) throws(Errno) -> Int {
    if sink.remaining == 0 { return 0 }
    var total = 0
    while true {
      switch try attemptRead(into: &sink, wait: total == 0 && !nonBlocking) {
      case .moved(let count):
        total &+= count
        return total
      case .blocked:
        if total > 0 { return total }
        throw .EAGAIN
      case .fault(let count):
        total &+= count
        do throws(Errno) {
          try sink.faultIn()
        } catch {
          readable.wakeOne()  // the bytes we were woken for are there for another
          if total > 0 { return total }
          throw error
        }
      }
    }
  }

  @inline(__always) private func attemptRead(into sink: inout UserSink, wait: Bool) throws(Errno) -> PipeStep {
    if !wait { return readOnce(into: &sink) {} }
    do throws(Errno) {
      return try readable.waitEnlisting(.interruptible) { (enlist) throws(Errno) -> PipeStep? in
        let step = readOnce(into: &sink, whenBlocked: enlist)
        if case .blocked = step { return nil }
        return step
      }
    } catch {
      readable.wakeOne()
      throw error
    }
  }

  @inline(__always)
  private func readOnce(into sink: inout UserSink, whenBlocked: () -> Void) -> PipeStep {
    let (step, wakesWriters, leavesMore) = state.withLock { state in
      let step = state.read(into: &sink)
      if case .blocked = step { whenBlocked() }
      return (step, state.isWritable, state.ring.count > 0)
    }
    if wakesWriters { writable.wakeOne(sync: true) }
    if leavesMore { readable.wakeOne() }
    return step
  }

  /// Writes all of `source`, waiting for room as needed; a write of at most `PIPE_BUF` bytes as one piece.
  /// - Throws: `EPIPE` when nobody reads, `EAGAIN`, `ERESTARTSYS`, `EFAULT`, `ENOMEM`: each only when nothing was written.
  @inline(__always)
  func write(from source: inout UserSource, nonBlocking: Bool) throws(Errno) -> Int {
    let atomic = source.remaining <= PipeState.atomicSize
    var total = 0
    var continues = false
    while source.remaining > 0 {
      do throws(Errno) {
        switch try attemptWrite(from: &source, atomic: atomic, continues: continues, wait: !nonBlocking) {
        case .moved(let count):
          total &+= count
          continues = false
        case .blocked:
          throw Errno.EAGAIN
        case .fault:
          continues = atomic
          try source.faultIn()
        }
      } catch {
        if continues { state.withLock { $0.abandonWrite(true) } }
        writable.wakeOne()
        if total > 0 { return total }
        throw error
      }
    }
    return total
  }

  @inline(__always) private func attemptWrite(
    from source: inout UserSource, atomic: Bool, continues: Bool, wait: Bool
  ) throws(Errno) -> PipeStep {
    if !wait { return try writeOnce(from: &source, atomic: atomic, continues: continues) {} }
    return try writable.waitEnlisting(.interruptible) { (enlist) throws(Errno) -> PipeStep? in
      let step = try writeOnce(from: &source, atomic: atomic, continues: continues, whenBlocked: enlist)
      if case .blocked = step { return nil }
      return step
    }
  }

  @inline(__always)
  private func writeOnce(
    from source: inout UserSource, atomic: Bool, continues: Bool, whenBlocked: () -> Void
  ) throws(Errno) -> PipeStep {
    let (step, moreRoom) = try state.withLock { (state) throws(Errno) -> (PipeStep, Bool) in
      let step = try state.write(&source, atomic: atomic, continues: continues)
      if case .blocked = step { whenBlocked() }
      return (step, state.isWritable)
    }
    if case .moved = step {
      readable.wakeOne(sync: true)
      if moreRoom { writable.wakeOne() }
    }
    return step
  }

  // MARK: Readiness and size

  /// - Parameter seenWriters: `writerOpens` when a named pipe's reader opened it: it hangs up only after a writer came.
  func poll(_ table: PollTable?, reads: Bool, writes: Bool, seenWriters: UInt) -> PollEvents {
    if let table {
      if reads { table.register(readable) }
      if writes { table.register(writable) }
    }
    return state.withLock { state in
      var events: PollEvents = []
      if reads {
        if state.ring.count > 0 { events.formUnion(.readable) }
        if state.writers == 0 && state.writerOpens != seenWriters { events.insert(.hangUp) }
      }
      if writes {
        if state.isWritable { events.formUnion(.writable) }
        if state.readers == 0 { events.insert(.error) }
      }
      return events
    }
  }

  /// Bytes that can be read now (`FIONREAD`).
  public var count: Int { state.withLock { $0.ring.count } }

  /// Bytes that it can hold (`F_GETPIPE_SZ`).
  public var capacity: Int { state.withLock { $0.ring.capacity } }

  /// `F_SETPIPE_SZ`: rounds up to a power of two of pages and gives the new capacity. `EINVAL` for 0 or too large a
  /// number, `EPERM` beyond 1 MiB without privilege, `EBUSY` when more is in the pipe.
  public func resize(to bytes: UInt64, privileged: Bool) throws(Errno) -> Int {
    guard bytes <= 1 << 31 else { throw .EINVAL }
    var pages = 1
    while pages &* 4096 < Int(bytes) { pages &*= 2 }
    if pages > Pipe.pageLimit && !privileged { throw .EPERM }
    guard pages <= 16 * Pipe.pageLimit else { throw .ENOMEM }
    try Memory.admit(pages &* 8)
    let fits = try state.withLock { (state) throws(Errno) -> Bool in
      if state.isStaging { return false }
      return try state.ring.resize(pages: pages)
    }
    guard fits else { throw .EBUSY }
    writable.wakeAll()
    return pages &* 4096
  }

  // MARK: Open ends

  /// Counts an open file description in; gives the counts of openings after it.
  func join(reads: Bool, writes: Bool) -> (readerOpens: UInt, writerOpens: UInt, hadReaders: Bool, hadWriters: Bool) {
    let opens = state.withLock { state in
      let hadReaders = state.readers > 0
      let hadWriters = state.writers > 0
      if reads {
        state.readers &+= 1
        state.readerOpens &+= 1
      }
      if writes {
        state.writers &+= 1
        state.writerOpens &+= 1
      }
      return (state.readerOpens, state.writerOpens, hadReaders, hadWriters)
    }
    opened.wakeAll()
    return opens
  }

  /// Counts an open file description out. The last one on a side wakes the other; when all are gone, so are the bytes.
  func leave(reads: Bool, writes: Bool) {
    state.withLock { state in
      if reads { state.readers &-= 1 }
      if writes { state.writers &-= 1 }
      if state.readers == 0 && state.writers == 0 { state.ring.clear() }
    }
    readable.wakeAll()
    writable.wakeAll()
  }

  /// Waits until a reader (a writer) is there or has been since.
  func awaitReader(since opens: UInt) throws(Errno) {
    try opened.wait(.interruptible) { () throws(Errno) -> Void? in
      state.withLock { $0.readers > 0 || $0.readerOpens != opens } ? () : nil
    }
  }

  func awaitWriter(since opens: UInt) throws(Errno) {
    try opened.wait(.interruptible) { () throws(Errno) -> Void? in
      state.withLock { $0.writers > 0 || $0.writerOpens != opens } ? () : nil
    }
  }

  var hasReaders: Bool { state.withLock { $0.readers > 0 } }
}
