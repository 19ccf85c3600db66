import Basics
import Locking
import Memory
import Scheduling

/// The counter of `eventfd(2)`.
final class EventCounter: PollSource, @unchecked Sendable {
  private let count: SpinLock<UInt64>
  private let isSemaphore: Bool
  private let readable = WaitQueue()
  private let writable = WaitQueue()

  init(_ initial: UInt64, isSemaphore: Bool) {
    count = SpinLock(.eventFile, initial)
    self.isSemaphore = isSemaphore
  }

  /// Takes the count, or 1 of it for a semaphore; waits while it is 0.
  func take(nonBlocking: Bool) throws(Errno) -> UInt64 {
    let taken = try readable.wait(.interruptible) { () throws(Errno) -> UInt64? in
      let taken = count.withLock { count -> UInt64 in
        let taken = isSemaphore ? min(count, 1) : count
        count -= taken
        return taken
      }
      if taken > 0 { return taken }
      if nonBlocking { throw .EAGAIN }
      return nil
    }
    writable.wakeAll()
    return taken
  }

  /// Adds to the count; waits while it would go beyond 2^64 − 2.
  func add(_ value: UInt64, nonBlocking: Bool) throws(Errno) {
    guard value != .max else { throw .EINVAL }
    try writable.wait(.interruptible) { () throws(Errno) -> Void? in
      let fits = count.withLock { count -> Bool in
        guard value <= .max - 1 - count else { return false }
        count += value
        return true
      }
      if fits { return () }
      if nonBlocking { throw .EAGAIN }
      return nil
    }
    readable.wakeAll()
  }

  override func poll(_ table: PollTable?) -> PollEvents {
    table?.register(readable)
    table?.register(writable)
    let count = count.withLock { $0 }
    var events: PollEvents = []
    if count > 0 { events.insert(.input) }
    if count < .max - 1 { events.insert(.output) }
    return events
  }
}

/// An open event counter.
public final class EventFile: OpenFile, @unchecked Sendable {
  private let counter: EventCounter

  private init(_ request: OpenRequest, inode: Inode, _ counter: EventCounter) {
    self.counter = counter
    super.init(request, inode: inode, seekable: false)
  }

  public static func make(
    _ namespace: Namespace, _ credentials: Credentials, initial: UInt64, isSemaphore: Bool, nonBlocking: Bool
  ) throws(Errno) -> EventFile {
    try Memory.admit(2048)
    let inode = AnonymousInode(namespace.hidden.fileSystem, "[eventfd]")
    let flags: OpenFlags = nonBlocking ? [.readWrite, .nonBlocking] : .readWrite
    return EventFile(
      OpenRequest(flags: flags, location: namespace.hiddenLocation(inode), credentials: credentials), inode: inode,
      EventCounter(initial, isSemaphore: isSemaphore))
  }

  public override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int {
    guard sink.remaining >= 8 else { throw .EINVAL }
    return try sink.put(try counter.take(nonBlocking: isNonBlocking))
  }

  public override func write(from source: inout UserSource, at offset: inout Int64) throws(Errno) -> Int {
    guard source.remaining >= 8 else { throw .EINVAL }
    try counter.add(littleEndian(try source.takeArray(8)), nonBlocking: isNonBlocking)
    return 8
  }

  public override func poll(_ table: PollTable?) -> PollEvents { counter.poll(table) }
  public override func pollSource() -> PollSource? { counter }
}

extension UserSink {
  /// Hands out a 64-bit number.
  mutating func put(_ value: UInt64) throws(Errno) -> Int {
    var bytes: [UInt8] = []
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * shift))) }
    return try copy(from: bytes, at: 0, count: 8)
  }
}

private func littleEndian(_ bytes: [UInt8]) -> UInt64 {
  var value: UInt64 = 0
  for (index, byte) in bytes.enumerated() where index < 8 { value |= UInt64(byte) << UInt64(8 * index) }
  return value
}
