import Machine

/// A port's way in: buffers offered to the device, and those it has filled, oldest first. A buffer goes back to the
/// device when it has been read, so a reader that does not read makes the host wait: nothing is lost.
struct PortReceiver: ~Copyable {
  private var queue: Virtqueue
  private let memory: Registers
  private let bufferLength: Int
  /// Filled buffers: a ring of their numbers and lengths.
  private var filled: [(buffer: Int, length: Int)]
  private var first = 0
  private var count = 0
  /// How much of the first filled buffer has been read.
  private var consumed = 0

  /// Offers all of `memory`, cut into the queue's number of buffers. The caller notifies the device.
  init(queue: consuming Virtqueue, memory: Registers) {
    self.queue = queue
    self.memory = memory
    bufferLength = memory.length / self.queue.size
    filled = Array(repeating: (0, 0), count: self.queue.size)
    for buffer in 0..<self.queue.size { offer(buffer) }
    _ = self.queue.publish()
  }

  private mutating func offer(_ buffer: Int) {
    _ = queue.add(
      address: memory.physical &+ UInt64(buffer &* bufferLength), length: UInt32(bufferLength), deviceWrites: true,
      token: buffer)
  }

  /// Takes note of the buffers that the device has filled since.
  private mutating func collect() {
    while count < filled.count, let completion = queue.take() {
      if completion.length == 0 {
        offer(completion.token)
        continue
      }
      filled[(first &+ count) & (filled.count &- 1)] = (completion.token, completion.length)
      count &+= 1
    }
  }

  /// Whether there is something to read.
  mutating func hasInput() -> Bool {
    if count == 0 { collect() }
    return count > 0
  }

  /// Moves as much as there is to `bytes`.
  /// - Returns: how many bytes, and whether the device is to be notified that it has buffers again.
  mutating func read(into bytes: inout MutableSpan<UInt8>) -> (count: Int, notify: Bool) {
    collect()
    var done = 0
    while done < bytes.count, count > 0 {
      let (buffer, length) = filled[first]
      let part = min(length &- consumed, bytes.count &- done)
      memory.copyOut(from: buffer &* bufferLength &+ consumed, count: part, to: &bytes, at: done)
      done &+= part
      consumed &+= part
      if consumed == length {
        offer(buffer)
        consumed = 0
        first = (first &+ 1) & (filled.count &- 1)
        count &-= 1
      }
    }
    return (done, queue.publish())
  }
}
