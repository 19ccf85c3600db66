import Machine

/// A port's way out: bytes are copied to a ring in memory that the device reads from.
struct PortTransmitter: ~Copyable {
  private var queue: Virtqueue
  private var ring: TransmitRing
  private let memory: Registers
  /// A writer was refused and waits to be told of room.
  private(set) var writerWaits = false

  init(queue: consuming Virtqueue, memory: Registers) {
    ring = TransmitRing(capacity: memory.length, pieceLimit: queue.size)
    self.queue = queue
    self.memory = memory
    // Space is looked for when it is needed; an interrupt is wanted only while a writer waits.
    self.queue.suppressInterrupts()
  }

  /// Takes as many of `bytes` as there is room for. If not all, the next interrupt tells of room.
  /// - Returns: how many were taken, and whether the device is to be notified.
  mutating func write(_ bytes: Span<UInt8>) -> (accepted: Int, notify: Bool) {
    var accepted = fill(bytes, from: 0)
    if accepted < bytes.count {
      writerWaits = true
      // What the device finished just before the interrupt was asked for brings none.
      if queue.allowInterrupts() { accepted = fill(bytes, from: accepted) }
      if accepted == bytes.count { stopWaiting() }
    }
    return (accepted, queue.publish())
  }

  private mutating func fill(_ bytes: Span<UInt8>, from start: Int) -> Int {
    reclaim()
    var done = start
    while done < bytes.count, queue.hasRoom, let piece = ring.reserve(bytes.count &- done) {
      memory.copyIn(bytes.extracting(done..<done &+ piece.length), at: piece.offset)
      _ = queue.add(
        address: memory.physical &+ UInt64(piece.offset), length: UInt32(piece.length), deviceWrites: false,
        token: piece.token)
      done &+= piece.length
    }
    return done
  }

  private mutating func reclaim() {
    while let completion = queue.take() { ring.finish(completion.token) }
  }

  private mutating func stopWaiting() {
    writerWaits = false
    queue.suppressInterrupts()
  }

  /// After an interrupt: answers whether a waiting writer is to be told that there is room.
  mutating func service() -> Bool {
    guard writerWaits else { return false }
    reclaim()
    guard canWrite else { return false }
    stopWaiting()
    return true
  }

  /// Asks for an interrupt when there is room, for pollers. Answers whether there is room now.
  mutating func awaitRoom() -> Bool {
    reclaim()
    if canWrite { return true }
    writerWaits = true
    if queue.allowInterrupts() { reclaim() }
    if canWrite { stopWaiting() }
    return canWrite
  }

  private var canWrite: Bool { ring.inUse < ring.capacity && queue.hasRoom }

  /// Whether the device has read everything.
  mutating func isDrained() -> Bool {
    reclaim()
    return ring.inUse == 0 || queue.isBroken
  }
}
