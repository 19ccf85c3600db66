import Machine

/// A virtio entropy source (virtio 1.1, 5.4): asked once, at boot, for a seed.
public enum VirtioEntropy {
  /// Mixes 64 bytes from the device into `source`. Waits 20 ms at most; without an answer the device is reset, so
  /// that it can't write to its buffer later, and the error thrown.
  public static func seed(
    _ source: RandomSource, from transport: any VirtioTransport, _ allocator: any DMAAllocator
  ) throws(DeviceError) {
    _ = try transport.negotiate(wanted: 0, needed: 0)
    var queue = try transport.makeQueue(0, size: 4, allocator)
    guard let memory = allocator.allocate(pages: 1) else { throw .outOfMemory }
    transport.start()
    _ = queue.add(address: memory.physical, length: 64, deviceWrites: true, token: 0)
    if queue.publish() { transport.notify(queue: 0) }
    let deadline = Machine.now() + 20_000_000
    while true {
      if let completion = queue.take() {
        var bytes: [UInt8] = Array(repeating: 0, count: completion.length)
        var span = bytes.mutableSpan
        memory.copyOut(from: 0, count: completion.length, to: &span, at: 0)
        source.mix(bytes.span)
        return try transport.reset()
      }
      if queue.isBroken || Machine.now() > deadline {
        try transport.reset()
        throw queue.isBroken ? .broken : .timeout
      }
      Machine.pause()
    }
  }
}
