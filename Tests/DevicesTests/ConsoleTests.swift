import Machine
import Synchronization
import Testing

@testable import Devices

/// A virtio console as QEMU makes it, with a device thread's work done at each notification.
private final class FakeConsole: VirtioTransport, @unchecked Sendable {
  struct Port {
    var name: String
    var connected = true
    var guestIsOpen = false
    /// What the host got.
    var output: [UInt8] = []
    /// Holds output back, as a chardev whose reader is slow.
    var throttled = false
  }

  var ports: [Int: Port]
  var queues: [Int: DeviceQueue] = [:]
  var features: UInt64 = 1 << 32 | 1 << 1
  var interrupts = 0
  /// Answers nothing.
  var isDead = false
  weak var driver: ConsoleDevice?

  let deviceType: UInt32 = 3
  let isLegacy = false
  private(set) var status: UInt8 = 0

  init(_ ports: [Int: Port]) { self.ports = ports }

  func setStatus(_ status: UInt8) { self.status = status }
  func reset() throws(DeviceError) { status = 0 }
  func deviceFeatures() -> UInt64 { features }
  func setDriverFeatures(_ features: UInt64) {}
  func maximumSize(ofQueue index: Int) -> Int { index < 18 ? 128 : 0 }
  func enable(queue index: Int, _ addresses: VirtqueueAddresses) throws(DeviceError) {
    queues[index] = DeviceQueue(addresses)
  }
  func configuration32(_ offset: Int) -> UInt32 { offset == 4 ? 8 : 0 }
  func acknowledge() -> Bool { true }
  func connect(to: InterruptController, name: StaticString, handler: @escaping () -> Void) throws(DeviceError) {}

  func notify(queue index: Int) {
    guard !isDead, status & 4 != 0 else { return }
    if index == 3 { control() } else if index % 2 == 1 { drain(index == 1 ? 0 : (index - 3) / 2) }
  }

  private func sendControl(_ port: Int, _ event: UInt16, _ value: UInt16, _ text: String = "") {
    guard let (id, memory, _) = queues[2]!.pop() else { return }
    let bytes = little(UInt32(port)) + little(event) + little(value) + (text.isEmpty ? [] : Array(text.utf8) + [0])
    memory.put(bytes)
    queues[2]!.push(id, length: bytes.count)
  }

  private func control() {
    while let (id, memory, _) = queues[3]!.pop() {
      let port = Int(memory.read32(0))
      switch (memory.read16(4), memory.read16(6)) {
      case (0, 1): for number in ports.keys.sorted() { sendControl(number, 1, 1) }
      case (3, 1):
        sendControl(port, 7, 1, ports[port]!.name)
        if ports[port]!.connected { sendControl(port, 6, 1) }
      case (6, let value): ports[port]!.guestIsOpen = value != 0
      default: break
      }
      queues[3]!.push(id, length: 0)
    }
  }

  func drain(_ port: Int) {
    let index = ConsolePort.receiveQueue(port) + 1
    guard ports[port]?.throttled == false else { return }
    while let (id, memory, _) = queues[index]!.pop() {
      ports[port]!.output += memory.bytes(memory.length)
      queues[index]!.push(id, length: 0)
    }
    if queues[index]!.wantsInterrupts { interrupt() }
  }

  /// The host sends; answers how much found room.
  func send(_ bytes: [UInt8], to port: Int) -> Int {
    let index = ConsolePort.receiveQueue(port)
    var sent = 0
    while sent < bytes.count, let (id, memory, writable) = queues[index]!.pop() {
      precondition(writable)
      let part = Array(bytes[sent..<min(sent + memory.length, bytes.count)])
      memory.put(part)
      queues[index]!.push(id, length: part.count)
      sent += part.count
    }
    interrupt()
    return sent
  }

  func setConnected(_ port: Int, _ connected: Bool) {
    sendControl(port, 6, connected ? 1 : 0)
    interrupt()
  }

  func interrupt() {
    interrupts += 1
    driver?.handleInterrupt()
  }
}

private func start(_ ports: [Int: FakeConsole.Port]) throws -> (FakeConsole, ConsoleDevice) {
  let fake = FakeConsole(ports)
  let device = try ConsoleDevice(fake, FakeDMA())
  fake.driver = device
  return (fake, device)
}

private func readAll(_ port: ConsolePort, limit: Int = .max) -> [UInt8] {
  var result: [UInt8] = []
  while result.count < limit {
    var bytes = [UInt8](repeating: 0, count: min(300, limit - result.count))
    var span = bytes.mutableSpan
    let count = port.read(into: &span)
    if count == 0 { break }
    result += bytes.prefix(count)
  }
  return result
}

@Suite struct ConsoleTests {
  private let two: [Int: FakeConsole.Port] = [1: .init(name: "apus.stdin"), 4: .init(name: "apus.stdout")]

  @Test func learnsNames() throws {
    let (fake, device) = try start(two)
    #expect(device.port(named: "apus.stdin")?.number == 1)
    #expect(device.port(named: "apus.stdout")?.number == 4)
    #expect(device.port(named: "apus.tty") == nil)
    #expect(fake.ports[1]!.guestIsOpen && fake.ports[4]!.guestIsOpen)
    #expect(fake.status & 4 != 0)
  }

  @Test func carriesInputInOrderAndHoldsTheHostBack() throws {
    let (fake, device) = try start(two)
    let port = try #require(device.port(named: "apus.stdin"))
    let told = Atomic<Int>(0)
    port.setHandlers(onInput: { told.wrappingAdd(1, ordering: .relaxed) }, onWritable: nil)
    let data = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 >> 8) }
    var sent = fake.send(data, to: 1)
    #expect(sent == 8192, "as many bytes as the buffers hold")
    #expect(fake.send([1], to: 1) == 0)
    #expect(told.load(ordering: .relaxed) >= 2)
    var received: [UInt8] = []
    while received.count < data.count {
      received += readAll(port, limit: 777)
      if sent < data.count { sent += fake.send(Array(data[sent...]), to: 1) }
    }
    #expect(received == data)
    #expect(!port.hasInput && !port.isAtEnd)
  }

  @Test func endOfInputComesAfterTheLastByte() throws {
    let (fake, device) = try start(two)
    let port = try #require(device.port(named: "apus.stdin"))
    _ = fake.send([1, 2, 3], to: 1)
    fake.setConnected(1, false)
    #expect(port.hasInput && !port.isAtEnd && port.isDisconnected)
    #expect(readAll(port) == [1, 2, 3])
    #expect(port.isAtEnd)
    fake.setConnected(1, true)
    #expect(!port.isAtEnd)
  }

  @Test func aPortNeverConnectedIsNotAtItsEnd() throws {
    let (_, device) = try start([2: .init(name: "apus.tty", connected: false)])
    let port = try #require(device.port(named: "apus.tty"))
    #expect(!port.isAtEnd && !port.isDisconnected)
  }

  @Test func writesAreTakenInPartAndTheWriterIsTold() throws {
    let (fake, device) = try start(two)
    let port = try #require(device.port(named: "apus.stdout"))
    let told = Atomic<Int>(0)
    port.setHandlers(onInput: nil, onWritable: { told.wrappingAdd(1, ordering: .relaxed) })
    let before = told.load(ordering: .relaxed)
    fake.ports[4]!.throttled = true
    let data = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 * 11) }
    var done = port.write(data.span)
    #expect(done == 16384)
    #expect(!port.canWrite && !port.isDrained)
    let interruptsBefore = fake.interrupts
    fake.ports[4]!.throttled = false
    fake.drain(4)
    #expect(fake.interrupts == interruptsBefore + 1)
    #expect(told.load(ordering: .relaxed) == before + 1)
    while done < data.count { done += port.write(data.span.extracting(done..<min(done + 5000, data.count))) }
    #expect(fake.ports[4]!.output == data)
    #expect(port.isDrained && port.canWrite)
    #expect(fake.interrupts == interruptsBefore + 1, "no interrupts while nobody waits")
  }

  @Test func devicesThatCannotServe() {
    #expect(throws: DeviceError.unsupported) {
      let fake = FakeConsole([:])
      fake.features = 1 << 32
      _ = try ConsoleDevice(fake, FakeDMA())
    }
    #expect(throws: DeviceError.outOfMemory) { _ = try ConsoleDevice(FakeConsole([:]), FakeDMA(failing: true)) }
  }
}
