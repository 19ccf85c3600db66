public import Devices
public import Machine

/// Memory for devices: frames of the kernel's, never given back.
public final class FrameDMA: DMAAllocator {
  public init() {}

  public func allocate(pages: Int) -> Registers? {
    guard pages > 0, pages <= 1024 else { return nil }
    var order = 0
    while 1 << order < pages { order += 1 }
    guard let frame = Frames.allocateForKernel(order: order, zeroed: true) else { return nil }
    return Registers(physical: UInt64(frame.number) << 12, length: pages * 4096)
  }
}
