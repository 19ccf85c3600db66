public import Machine

/// Where drivers get memory that devices read and write. Memory, the room above, implements it; drivers ask when
/// they start, never in interrupt context, and keep what they get.
public protocol DMAAllocator: AnyObject {
  /// `pages` pages of 4 KiB, contiguous in physical memory, cleared; nil when there are none.
  func allocate(pages: Int) -> Registers?
}

/// Why a device can't be used.
public enum DeviceError: Error, Equatable {
  /// It is not what it says, or behaves in a way that its specification rules out.
  case broken
  /// It does not offer a feature that the driver needs.
  case unsupported
  case outOfMemory
  /// It did not answer in time.
  case timeout
}
