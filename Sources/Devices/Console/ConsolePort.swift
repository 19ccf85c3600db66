import Locking
import Machine

/// One port of a virtio console (virtio 1.1, 5.3): a stream of bytes each way between the host and us.
///
/// Nothing here sleeps or allocates, so everything may be called from interrupts. A reader or writer that finds
/// nothing to do sleeps elsewhere, and is told by the handlers.
public final class ConsolePort: Sendable {
  /// The port's number on its device.
  public let number: Int
  private let transport: any VirtioTransport
  private let state: IrqLock<State>

  private var receiveQueue: Int { ConsolePort.receiveQueue(number) }
  private var transmitQueue: Int { ConsolePort.receiveQueue(number) + 1 }

  private struct State: ~Copyable {
    var receiver: PortReceiver
    var transmitter: PortTransmitter
    var name = PortName()
    /// Somebody on the host has the other end open.
    var hostIsConnected = false
    var hostWasConnected = false
    var handlers: Handlers?
  }

  /// What is called when something has happened. An object, since a closure that leaves `withLock` as its generic
  /// result is wrapped in a new one on the way, and nothing here may allocate.
  private final class Handlers: Sendable {
    let onInput: (@Sendable () -> Void)?
    let onWritable: (@Sendable () -> Void)?

    init(_ onInput: (@Sendable () -> Void)?, _ onWritable: (@Sendable () -> Void)?) {
      self.onInput = onInput
      self.onWritable = onWritable
    }
  }

  init(
    number: Int, transport: any VirtioTransport, receiver: consuming PortReceiver,
    transmitter: consuming PortTransmitter
  ) {
    self.number = number
    self.transport = transport
    state = IrqLock(.device, State(receiver: receiver, transmitter: transmitter))
  }

  /// The queue on which a port receives; it sends on the next (5.3.2). Port 0 is from before there were many, and
  /// the two after its are the control queues.
  static func receiveQueue(_ number: Int) -> Int { number == 0 ? 0 : 2 + 2 * number }

  /// Whether the host gave it this name.
  public func isNamed(_ name: StaticString) -> Bool { state.withLock { $0.name.is(name) } }

  /// Sets what is called, from interrupt context with no lock held, when there may be input or the end of it
  /// (`onInput`), or room after a write that was not accepted whole, or the host has gone (`onWritable`). They
  /// may be called without cause.
  public func setHandlers(onInput: (@Sendable () -> Void)?, onWritable: (@Sendable () -> Void)?) {
    let new = Handlers(onInput, onWritable)
    let old = state.withLock { state in
      let old = state.handlers
      state.handlers = new
      return old
    }
    _ = consume old
    onInput?()
    onWritable?()
  }

  /// Moves input to `bytes`: as much as there is.
  /// - Returns: 0 when there is none now; see `isAtEnd`.
  public func read(into bytes: inout MutableSpan<UInt8>) -> Int {
    let (count, notify) = state.withLock { $0.receiver.read(into: &bytes) }
    if notify { transport.notify(queue: receiveQueue) }
    return count
  }

  public var hasInput: Bool { state.withLock { $0.receiver.hasInput() } }

  /// Whether the host has closed its end and everything it sent has been read.
  public var isAtEnd: Bool {
    // In this order: what the host sent before it closed is there when the closing is seen.
    state.withLock { $0.hostWasConnected && !$0.hostIsConnected && !$0.receiver.hasInput() }
  }

  /// Whether the host has closed its end: what is written now is lost.
  public var isDisconnected: Bool { state.withLock { $0.hostWasConnected && !$0.hostIsConnected } }

  /// Sends as many of `bytes` as there is room for now, in order.
  /// - Returns: how many were taken. If not all, `onWritable` will be called once there is room.
  public func write(_ bytes: Span<UInt8>) -> Int {
    let (accepted, notify) = state.withLock { $0.transmitter.write(bytes) }
    if notify { transport.notify(queue: transmitQueue) }
    return accepted
  }

  /// Whether a write would take at least a byte. If not, `onWritable` will be called once it would.
  public var canWrite: Bool { state.withLock { $0.transmitter.awaitRoom() } }

  /// Whether the host has taken everything that was written.
  public var isDrained: Bool { state.withLock { $0.transmitter.isDrained() } }

  // MARK: For ConsoleDevice

  func setName(_ name: PortName) { state.withLock { $0.name = name } }

  var hasName: Bool { state.withLock { !$0.name.isEmpty } }

  func setHostConnected(_ connected: Bool) {
    let handlers = state.withLock { state in
      state.hostIsConnected = connected
      if connected { state.hostWasConnected = true }
      return state.handlers
    }
    handlers?.onInput?()
    handlers?.onWritable?()
  }

  /// The queue of buffers has just been filled: tell the device once it is live.
  func announceBuffers() { transport.notify(queue: receiveQueue) }

  /// After an interrupt of the device.
  func service() {
    var hasInput = false
    var hasRoom = false
    let handlers = state.withLock { state in
      hasInput = state.receiver.hasInput()
      hasRoom = state.transmitter.service()
      return state.handlers
    }
    if hasInput { handlers?.onInput?() }
    if hasRoom { handlers?.onWritable?() }
  }
}

/// A port's name, at most 32 bytes; kept in place, since it may arrive in an interrupt.
struct PortName: Sendable {
  private var bytes: InlineArray<32, UInt8> = InlineArray(repeating: 0)
  private var count = 0

  var isEmpty: Bool { count == 0 }

  /// Does nothing when it is full: then it equals no name that we know.
  mutating func append(_ byte: UInt8) {
    guard count < 32 else { return }
    bytes[count] = byte
    count += 1
  }

  func `is`(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count where bytes[index] != text[utf8: index] { return false }
    return true
  }
}
