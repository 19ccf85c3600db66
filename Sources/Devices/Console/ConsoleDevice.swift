import Locking
import Machine

/// A virtio console with many ports (virtio 1.1, 5.3): the streams between the host tool and the guest.
public final class ConsoleDevice: Sendable {
  private let ports: [ConsolePort]
  private let transport: any VirtioTransport
  private let control: IrqLock<ControlChannel>

  private static var multiportFeature: UInt64 { 1 << 1 }
  private static var controlReceiveQueue: Int { 2 }
  private static var controlTransmitQueue: Int { 3 }
  /// More ports than we know names for; bounds the memory that a device can make us spend.
  private static var portLimit: Int { 8 }
  private static var portQueueSize: Int { 16 }
  private static var controlQueueSize: Int { 64 }
  private static var receivePages: Int { 2 }
  private static var transmitPages: Int { 4 }

  /// Starts the device, with all queues and buffers for as many ports as it can have: queues have to be there
  /// before it goes live, and memory can't be had later, in interrupts. Then learns which ports there are and what
  /// they are called, which takes the device a moment: two seconds at most are waited.
  public init(_ transport: any VirtioTransport, _ allocator: any DMAAllocator) throws(DeviceError) {
    _ = try transport.negotiate(wanted: 0, needed: Self.multiportFeature)
    var ports: [ConsolePort] = []
    for number in 0..<min(Int(transport.configuration32(4)), Self.portLimit) {
      let queue = ConsolePort.receiveQueue(number)
      ports.append(
        ConsolePort(
          number: number, transport: transport,
          receiver: PortReceiver(
            queue: try transport.makeQueue(queue, size: Self.portQueueSize, allocator),
            memory: try Self.memory(pages: Self.receivePages, allocator)),
          transmitter: PortTransmitter(
            queue: try transport.makeQueue(queue + 1, size: Self.portQueueSize, allocator),
            memory: try Self.memory(pages: Self.transmitPages, allocator))))
    }
    self.ports = ports
    self.transport = transport
    control = IrqLock(
      .device,
      ControlChannel(
        incoming: try transport.makeQueue(Self.controlReceiveQueue, size: Self.controlQueueSize, allocator),
        incomingMemory: try Self.memory(pages: 1, allocator),
        outgoing: try transport.makeQueue(Self.controlTransmitQueue, size: Self.controlQueueSize, allocator),
        outgoingMemory: try Self.memory(pages: 1, allocator)))
    transport.start()
    transport.notify(queue: Self.controlReceiveQueue)
    send(port: 0, event: ControlChannel.Event.deviceReady, value: 1)
    try settle()
  }

  private static func memory(pages: Int, _ allocator: any DMAAllocator) throws(DeviceError) -> Registers {
    guard let memory = allocator.allocate(pages: pages) else { throw .outOfMemory }
    return memory
  }

  /// The port that the host gave this name; nil when there is none (yet).
  public func port(named name: StaticString) -> ConsolePort? { ports.first { $0.isNamed(name) } }

  /// The handler of the device's interrupt.
  public func handleInterrupt() {
    guard transport.acknowledge() else { return }
    processControl()
    for port in ports { port.service() }
  }

  /// From now on the device interrupts. Whatever happened before is looked at once.
  public func connect(to interrupts: InterruptController) throws(DeviceError) {
    try transport.connect(to: interrupts, name: "virtio-console") { self.handleInterrupt() }
    processControl()
    for port in ports { port.service() }
  }

  /// Works off control messages until there are none left and ours have all been read. A device answers a message
  /// before it gives it back, so then it has said all it has to say.
  private func settle() throws(DeviceError) {
    let deadline = Machine.now() + 2_000_000_000
    while !control.withLock({ $0.isDrained() }) {
      processControl()
      guard Machine.now() < deadline else { throw .timeout }
      Machine.pause()
    }
    while processControl() {
      while !control.withLock({ $0.isDrained() }) {
        guard Machine.now() < deadline else { throw .timeout }
        Machine.pause()
      }
    }
  }

  /// Acts on the messages that have come. Answers whether there were any.
  @discardableResult
  private func processControl() -> Bool {
    var any = false
    while let (message, notify) = control.withLock({ $0.receive() }) {
      if notify { transport.notify(queue: Self.controlReceiveQueue) }
      any = true
      guard message.port < UInt32(ports.count) else { continue }
      let port = ports[Int(message.port)]
      switch message.event {
      case ControlChannel.Event.portAdd:
        send(port: message.port, event: ControlChannel.Event.portReady, value: 1)
        // Only to an open port does the host send.
        send(port: message.port, event: ControlChannel.Event.portOpen, value: 1)
        port.announceBuffers()
      case ControlChannel.Event.portName:
        port.setName(message.text)
      case ControlChannel.Event.portOpen:
        port.setHostConnected(message.value != 0)
      default:
        break
      }
    }
    return any
  }

  private func send(port: UInt32, event: UInt16, value: UInt16) {
    // The queue holds many times more than what is ever under way: without room the device is broken.
    let notify = control.withLock { $0.send(port: port, event: event, value: value).notify }
    if notify { transport.notify(queue: Self.controlTransmitQueue) }
  }
}
