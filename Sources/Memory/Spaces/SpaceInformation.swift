/// A line of /proc/PID/maps.
public struct RegionInformation {
  public var start: UInt64
  public var end: UInt64
  public var protection: Protection
  public var flags: RegionFlags
  public var offset: UInt64
  public var pager: (any Pager)?
}

/// Sizes of an address space, in pages.
public struct MemoryUsage: Sendable {
  /// Mapped in all, the largest that ever was, private writable, executable, locked, the stack.
  public var virtual = 0
  public var virtualPeak = 0
  public var data = 0
  public var text = 0
  public var locked = 0
  public var stack = 0
  /// In memory: anonymous and file pages; the largest that ever was; of them the files'.
  public var resident = 0
  public var residentPeak = 0
  public var residentFile = 0
  public var pageTables = 0
}

/// The resource limits (bytes; `.max` for none) that bind the space, and the marks that `/proc/PID/stat` and
/// `cmdline` tell. Processes sets them at exec and setrlimit; fork copies them.
public struct SpaceLayout: Sendable {
  public var limitAddressSpace: UInt64 = .max
  public var limitData: UInt64 = .max
  public var limitStack: UInt64 = 8 << 20
  public var limitLocked: UInt64 = 8 << 20
  public var codeStart: UInt64 = 0
  public var codeEnd: UInt64 = 0
  public var dataStart: UInt64 = 0
  public var dataEnd: UInt64 = 0
  public var breakStart: UInt64 = 0
  public var stackStart: UInt64 = 0
  public var argumentsStart: UInt64 = 0
  public var argumentsEnd: UInt64 = 0
  public var environmentStart: UInt64 = 0
  public var environmentEnd: UInt64 = 0
  public init() {}
}

/// Identity of a futex word.
public struct FutexKey: Hashable, Sendable {
  /// The space or the pager.
  public var object: UInt
  public var offset: UInt64
  public init(object: UInt, offset: UInt64) {
    self.object = object
    self.offset = offset
  }
}
