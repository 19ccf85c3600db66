import Machine

/// How a virtio device is reached (virtio 1.1, chapter 4): through memory-mapped registers or PCI.
///
/// Called by one CPU while the device is set up; afterwards only `notify`, `acknowledge` and the configuration
/// reads are used, by any CPU.
public protocol VirtioTransport: AnyObject, Sendable {
  /// 3 console, 4 entropy source, 2 block, 1 network (chapter 5).
  var deviceType: UInt32 { get }
  /// The device speaks the layout from before virtio 1.0.
  var isLegacy: Bool { get }
  /// The device status field (2.1).
  var status: UInt8 { get }
  func setStatus(_ status: UInt8)
  /// Writes status 0 and waits until the device has reset itself.
  func reset() throws(DeviceError)
  func deviceFeatures() -> UInt64
  func setDriverFeatures(_ features: UInt64)
  /// The largest size that queue `index` can have; 0 when there is no such queue.
  func maximumSize(ofQueue index: Int) -> Int
  /// Tells the device where queue `index` is and turns it on.
  func enable(queue index: Int, _ addresses: VirtqueueAddresses) throws(DeviceError)
  /// Tells the device that queue `index` has something new.
  func notify(queue index: Int)
  /// Takes note of an interrupt, so that the device lowers its line. Answers whether it was this device's.
  func acknowledge() -> Bool
  /// Reads a word of the device's configuration (2.4).
  func configuration32(_ offset: Int) -> UInt32
  /// Has interrupts of the device, for its queues and for changes of its configuration, call `handler`.
  func connect(
    to interrupts: InterruptController, name: StaticString, handler: @escaping () -> Void
  ) throws(DeviceError)
}

/// Where the parts of a queue are in physical memory.
public struct VirtqueueAddresses {
  public var size: Int
  public var alignment: Int
  public var descriptors: UInt64
  public var available: UInt64
  public var used: UInt64
}

/// The bits of the device status field.
enum VirtioStatus {
  static var acknowledge: UInt8 { 1 }
  static var driver: UInt8 { 2 }
  static var driverOK: UInt8 { 4 }
  static var featuresOK: UInt8 { 8 }
  static var failed: UInt8 { 128 }
}

extension VirtioTransport {
  /// The first half of starting a device (3.1.1, steps 1 to 6): reset, then agree on features. Of the device's
  /// features those in `wanted` are taken; all of `needed` must be there.
  /// - Returns: the features agreed on.
  func negotiate(wanted: UInt64, needed: UInt64) throws(DeviceError) -> UInt64 {
    try reset()
    setStatus(VirtioStatus.acknowledge)
    setStatus(VirtioStatus.acknowledge | VirtioStatus.driver)
    let version1: UInt64 = 1 << 32
    let features = deviceFeatures() & (wanted | needed | (isLegacy ? 0 : version1))
    guard features & needed == needed, isLegacy || features & version1 != 0 else {
      setStatus(VirtioStatus.failed)
      throw .unsupported
    }
    setDriverFeatures(features)
    if !isLegacy {
      setStatus(status | VirtioStatus.featuresOK)
      guard status & VirtioStatus.featuresOK != 0 else { throw .unsupported }
    }
    return features
  }

  /// The second half, after its queues have been enabled: the device is live.
  func start() { setStatus(status | VirtioStatus.driverOK) }

  /// Makes queue `index` with at most `size` entries in memory of its own.
  func makeQueue(_ index: Int, size: Int, _ allocator: any DMAAllocator) throws(DeviceError) -> Virtqueue {
    var limit = min(size, maximumSize(ofQueue: index))
    guard limit > 0 else { throw .broken }
    while limit & (limit - 1) != 0 { limit &= limit - 1 }  // the highest power of two
    // A page serves both layouts: the legacy one counts pages, and the modern one does not mind.
    let alignment = isLegacy ? 4096 : 64
    let length = Virtqueue.length(size: limit, alignment: alignment)
    guard let memory = allocator.allocate(pages: (length + 4095) / 4096) else { throw .outOfMemory }
    let queue = Virtqueue(size: limit, alignment: alignment, memory: memory)
    try enable(
      queue: index,
      VirtqueueAddresses(
        size: limit, alignment: alignment, descriptors: queue.descriptorsAddress,
        available: queue.availableAddress, used: queue.usedAddress))
    return queue
  }
}
