import Machine
import Testing

@testable import Devices

private func makeQueue(_ size: Int = 4) -> (Registers, DeviceQueue) {
  let memory = FakeDMA().allocate(pages: 3)!
  let used = Virtqueue.usedOffset(size: size, alignment: 4096)
  return (
    memory,
    DeviceQueue(
      VirtqueueAddresses(
        size: size, alignment: 4096, descriptors: memory.physical,
        available: memory.physical + UInt64(Virtqueue.availableOffset(size: size)),
        used: memory.physical + UInt64(used)))
  )
}

/// `#expect` takes its operands apart, which a noncopyable value does not allow: a class around it does.
private final class Queue {
  private var queue: Virtqueue
  init(_ memory: Registers) { queue = Virtqueue(size: 4, alignment: 4096, memory: memory) }
  func add(_ token: Int, length: UInt32 = 8, address: UInt64 = 0) -> Bool {
    queue.add(address: address, length: length, deviceWrites: true, token: token)
  }
  func publish() -> Bool { queue.publish() }
  func take() -> Virtqueue.Completion? { queue.take() }
  func suppressInterrupts() { queue.suppressInterrupts() }
  func allowInterrupts() -> Bool { queue.allowInterrupts() }
  var hasRoom: Bool { queue.hasRoom }
  var isBroken: Bool { queue.isBroken }
  var inFlightCount: Int { queue.inFlightCount }
}

private final class Ring {
  private var ring: TransmitRing
  init(capacity: Int, pieceLimit: Int) { ring = TransmitRing(capacity: capacity, pieceLimit: pieceLimit) }
  func reserve(_ count: Int) -> TransmitRing.Piece? { ring.reserve(count) }
  func finish(_ token: Int) { ring.finish(token) }
  var inUse: Int { ring.inUse }
}

@Suite struct VirtqueueTests {
  @Test func layout() {
    // virtio 1.1, 2.6.2, with 128 entries: 2048 + 262 bytes, then the used ring on the next page.
    #expect(Virtqueue.usedOffset(size: 128, alignment: 4096) == 4096)
    #expect(Virtqueue.usedOffset(size: 256, alignment: 4096) == 8192)
    #expect(Virtqueue.length(size: 128, alignment: 4096) == 4096 + 6 + 1024)
    #expect(Virtqueue.usedOffset(size: 16, alignment: 64) == 320)
  }

  @Test func buffersGoRoundManyTimes() {
    var (memory, device) = makeQueue()
    let queue = Queue(memory)
    for round in 0..<70_000 {  // beyond the 16-bit indices
      #expect(queue.add(round, length: 100, address: device.addresses.descriptors))
      #expect(queue.take() == nil)
      #expect(queue.publish())
      #expect(!queue.publish(), "nothing new")
      let (id, buffer, writable) = device.pop()!
      #expect(writable && buffer.length == 100)
      device.push(id, length: round % 101)
      #expect(queue.take() == Virtqueue.Completion(token: round, length: round % 101))
    }
    #expect(queue.take() == nil && !queue.isBroken)
  }

  @Test func fullAndOutOfOrder() {
    var (memory, device) = makeQueue()
    let queue = Queue(memory)
    for token in 0..<4 { #expect(queue.add(token)) }
    #expect(!queue.hasRoom && !queue.add(9))
    _ = queue.publish()
    let ids = (0..<4).map { _ in device.pop()!.id }
    #expect(!device.hasBuffers)
    for index in [2, 0, 3, 1] { device.push(ids[index], length: 1) }
    var tokens: [Int] = []
    while let completion = queue.take() { tokens.append(completion.token) }
    #expect(tokens == [2, 0, 3, 1])
    #expect(queue.inFlightCount == 0)
  }

  @Test func suppression() {
    var (memory, device) = makeQueue()
    let queue = Queue(memory)
    queue.suppressInterrupts()
    #expect(!device.wantsInterrupts)
    #expect(!queue.allowInterrupts() && device.wantsInterrupts)
    device.refuseNotifications()
    _ = queue.add(1)
    #expect(!queue.publish())
    let id = device.pop()!.id
    device.push(id, length: 0)
    #expect(queue.allowInterrupts(), "something is done already")
  }

  enum Lie: CaseIterable { case indexAhead, unknownDescriptor, notInFlight, tooLong, twice }

  @Test(arguments: Lie.allCases) func lyingDevice(_ lie: Lie) {
    var (memory, device) = makeQueue()
    let queue = Queue(memory)
    _ = queue.add(1)
    _ = queue.add(2)
    _ = queue.publish()
    let id = device.pop()!.id
    switch lie {
    case .indexAhead: device.setUsedIndex(3)
    case .unknownDescriptor: device.push(raw: 4, length: 0)
    case .notInFlight: device.push(raw: 3, length: 0)
    case .tooLong: device.push(raw: UInt32(id), length: 9)
    case .twice:
      device.push(id, length: 0)
      #expect(queue.take()?.token == 1)
      device.push(id, length: 0)
    }
    #expect(queue.take() == nil)
    #expect(queue.isBroken && !queue.hasRoom)
    #expect(!queue.add(3))
  }
}

@Suite struct TransmitRingTests {
  @Test func wrapsAndReclaimsInOrder() {
    let ring = Ring(capacity: 10, pieceLimit: 4)
    let a = ring.reserve(6)!
    let b = ring.reserve(6)!
    #expect(a == TransmitRing.Piece(offset: 0, length: 6, token: 0))
    #expect(b == TransmitRing.Piece(offset: 6, length: 4, token: 1))
    #expect(ring.reserve(1) == nil)
    ring.finish(b.token)
    #expect(ring.inUse == 10, "the older piece is still being read")
    ring.finish(a.token)
    #expect(ring.inUse == 0)
    for _ in 0..<4 { #expect(ring.reserve(1) != nil) }
    #expect(ring.reserve(1) == nil, "no more pieces")
    ring.finish(99)
    #expect(ring.inUse == 4)
  }
}
