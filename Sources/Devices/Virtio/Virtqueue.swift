import Machine

/// The driver's half of a split virtqueue (virtio 1.1, 2.6): descriptors, a ring of those offered to the device
/// and a ring of those it is done with. One buffer per descriptor, no chains.
///
/// What the device can write is believed only after it has been checked: an index that runs ahead of what was
/// offered, a descriptor that is not in flight, a length beyond its buffer mark the queue broken, and it gives
/// nothing any more. The driver's own bookkeeping is kept in memory of its own.
///
/// Ordering, with x86's strong order: the device sees descriptors before the index that announces them, and the
/// driver reads ring entries after the index that covers them, since all accesses are volatile and in program
/// order. The one fence stands where a store must precede a load: between publishing an index and reading whether
/// the other side wants to be told.
struct Virtqueue: ~Copyable {
  /// A buffer that the device is done with.
  struct Completion: Equatable {
    /// What the driver gave to `add`.
    var token: Int
    /// Bytes that the device wrote, at most the buffer's length.
    var length: Int
  }

  /// Entries; a power of two.
  let size: Int
  private let memory: Registers
  private let available: Int
  private let used: Int

  private var freeDescriptors: [UInt16]
  /// By descriptor: the token and length of the buffer in flight; token -1 when there is none.
  private var inFlight: [(token: Int, length: UInt32)]
  /// Running numbers modulo 65536, as in the rings.
  private var nextAvailable: UInt16 = 0
  private var nextUsed: UInt16 = 0
  /// Whether something was added since the last `publish()`.
  private var unpublished = false
  private(set) var isBroken = false

  /// Bytes of memory for a queue of `size` entries whose used ring is aligned to `alignment` (2.6: 4 suffices;
  /// the legacy layout of 2.6.2 wants a page).
  static func length(size: Int, alignment: Int) -> Int { usedOffset(size: size, alignment: alignment) + 6 + 8 * size }

  static func availableOffset(size: Int) -> Int { 16 * size }

  static func usedOffset(size: Int, alignment: Int) -> Int {
    (16 * size + 6 + 2 * size + alignment - 1) & ~(alignment - 1)
  }

  /// - Parameter memory: cleared, of at least `length(size:alignment:)`.
  init(size: Int, alignment: Int, memory: Registers) {
    self.size = size
    self.memory = memory
    available = Self.availableOffset(size: size)
    used = Self.usedOffset(size: size, alignment: alignment)
    freeDescriptors = []
    freeDescriptors.reserveCapacity(size)
    for index in 0..<size { freeDescriptors.append(UInt16(size - 1 - index)) }
    inFlight = Array(repeating: (token: -1, length: 0), count: size)
  }

  /// Physical addresses of the three parts.
  var descriptorsAddress: UInt64 { memory.physical }
  var availableAddress: UInt64 { memory.physical + UInt64(available) }
  var usedAddress: UInt64 { memory.physical + UInt64(used) }

  var hasRoom: Bool { !freeDescriptors.isEmpty && !isBroken }
  var inFlightCount: Int { size - freeDescriptors.count }

  /// Offers a buffer to the device, which sees it after `publish()`.
  /// - Parameter token: not negative; comes back in the completion.
  /// - Returns: false when there is no room.
  mutating func add(address: UInt64, length: UInt32, deviceWrites: Bool, token: Int) -> Bool {
    guard !isBroken, let descriptor = freeDescriptors.popLast() else { return false }
    let offset = Int(descriptor) &* 16
    memory.write64(offset, address)
    memory.write32(offset &+ 8, length)
    memory.write16(offset &+ 12, deviceWrites ? 2 : 0)
    memory.write16(offset &+ 14, 0)
    inFlight[Int(descriptor)] = (token, length)
    memory.write16(available &+ 4 &+ (Int(nextAvailable) & (size &- 1)) &* 2, descriptor)
    nextAvailable &+= 1
    unpublished = true
    return true
  }

  /// Shows the device what was added. Answers whether it wants to be notified.
  mutating func publish() -> Bool {
    guard unpublished else { return false }
    unpublished = false
    memory.write16(available &+ 2, nextAvailable)
    Registers.fence()
    return memory.read16(used) & 1 == 0
  }

  /// Takes the next buffer that the device is done with; nil when there is none.
  mutating func take() -> Completion? {
    guard !isBroken else { return nil }
    let ready = memory.read16(used &+ 2) &- nextUsed
    guard ready != 0 else { return nil }
    guard Int(ready) <= inFlightCount else {
      isBroken = true
      return nil
    }
    let entry = used &+ 4 &+ (Int(nextUsed) & (size &- 1)) &* 8
    let descriptor = Int(memory.read32(entry))
    let length = memory.read32(entry &+ 4)
    guard descriptor < size, inFlight[descriptor].token >= 0, length <= inFlight[descriptor].length else {
      isBroken = true
      return nil
    }
    let token = inFlight[descriptor].token
    inFlight[descriptor].token = -1
    freeDescriptors.append(UInt16(descriptor))
    nextUsed &+= 1
    return Completion(token: token, length: Int(length))
  }

  /// Asks the device not to interrupt for this queue; a hint that it may ignore.
  mutating func suppressInterrupts() { memory.write16(available, 1) }

  /// Asks for interrupts again. Answers whether something is done already, for which none may come: then `take()`.
  mutating func allowInterrupts() -> Bool {
    memory.write16(available, 0)
    Registers.fence()
    return memory.read16(used &+ 2) != nextUsed
  }
}
