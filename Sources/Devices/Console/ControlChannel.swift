import Machine

/// The control queues of a virtio console (virtio 1.1, 5.3.6.2): small messages about its ports.
struct ControlChannel: ~Copyable {
  struct Message: Sendable {
    var port: UInt32 = 0
    var event: UInt16 = 0
    var value: UInt16 = 0
    /// What follows: the name, for `portName`.
    var text = PortName()
  }

  enum Event {
    static var deviceReady: UInt16 { 0 }
    static var portAdd: UInt16 { 1 }
    static var portReady: UInt16 { 3 }
    static var portOpen: UInt16 { 6 }
    static var portName: UInt16 { 7 }
  }

  private var incoming: Virtqueue
  private var outgoing: Virtqueue
  private let incomingMemory: Registers
  private let outgoingMemory: Registers
  private let slotLength = 64
  /// Slots of `outgoingMemory` that the device is not reading.
  private var freeSlots: [Int] = []

  /// - Parameters: memory of at least 64 bytes for each entry of its queue.
  init(
    incoming: consuming Virtqueue, incomingMemory: Registers, outgoing: consuming Virtqueue, outgoingMemory: Registers
  ) {
    self.incoming = incoming
    self.outgoing = outgoing
    self.incomingMemory = incomingMemory
    self.outgoingMemory = outgoingMemory
    for slot in 0..<self.outgoing.size { freeSlots.append(slot) }
    for slot in 0..<self.incoming.size { offer(slot) }
    _ = self.incoming.publish()
    self.outgoing.suppressInterrupts()
  }

  private mutating func offer(_ slot: Int) {
    _ = incoming.add(
      address: incomingMemory.physical &+ UInt64(slot &* slotLength), length: UInt32(slotLength), deviceWrites: true,
      token: slot)
  }

  private mutating func reclaim() {
    while let completion = outgoing.take() { freeSlots.append(completion.token) }
  }

  /// Whether the device has read every message.
  mutating func isDrained() -> Bool {
    reclaim()
    return freeSlots.count == outgoing.size || outgoing.isBroken
  }

  /// Puts a message in the queue.
  /// - Returns: whether it found room, and whether the device is to be notified.
  mutating func send(port: UInt32, event: UInt16, value: UInt16) -> (sent: Bool, notify: Bool) {
    reclaim()
    guard outgoing.hasRoom, let slot = freeSlots.popLast() else { return (false, false) }
    let offset = slot &* slotLength
    outgoingMemory.write32(offset, port)
    outgoingMemory.write16(offset &+ 4, event)
    outgoingMemory.write16(offset &+ 6, value)
    _ = outgoing.add(
      address: outgoingMemory.physical &+ UInt64(offset), length: 8, deviceWrites: false, token: slot)
    return (true, outgoing.publish())
  }

  /// The next message from the device, and whether it is to be notified that it has a buffer again.
  mutating func receive() -> (message: Message, notify: Bool)? {
    while let completion = incoming.take() {
      let offset = completion.token &* slotLength
      var message = Message()
      if completion.length >= 8 {
        message.port = incomingMemory.read32(offset)
        message.event = incomingMemory.read16(offset &+ 4)
        message.value = incomingMemory.read16(offset &+ 6)
        var index = 8
        while index < completion.length {
          let byte = incomingMemory.read8(offset &+ index)
          if byte == 0 { break }
          message.text.append(byte)
          index &+= 1
        }
      }
      offer(completion.token)
      let notify = incoming.publish()
      if completion.length >= 8 { return (message, notify) }
    }
    return nil
  }
}
