/// What may be done with a region's pages: `PROT_…` of mmap(2).
public struct Protection: OptionSet, Sendable {
  public let rawValue: UInt8
  @inline(__always) public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static var read: Protection { Protection(rawValue: 1) }
  public static var write: Protection { Protection(rawValue: 2) }
  public static var execute: Protection { Protection(rawValue: 4) }
}

/// How a region of an address space behaves, besides its protection.
public struct RegionFlags: OptionSet, Sendable {
  public let rawValue: UInt16
  @inline(__always) public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Writes are seen by all who map the same object (`MAP_SHARED`); else they are private.
  public static var shared: RegionFlags { RegionFlags(rawValue: 1) }
  /// Grows downwards when touched below its start (`MAP_GROWSDOWN`).
  public static var growsDown: RegionFlags { RegionFlags(rawValue: 2) }
  /// The program's stack, heap (brk) or vDSO, for `/proc/PID/maps` and accounting.
  public static var stack: RegionFlags { RegionFlags(rawValue: 4) }
  public static var heap: RegionFlags { RegionFlags(rawValue: 8) }
  public static var vdso: RegionFlags { RegionFlags(rawValue: 16) }
  /// `mlock(2)`.
  public static var locked: RegionFlags { RegionFlags(rawValue: 32) }
  /// `MADV_DONTFORK`, `MADV_WIPEONFORK`.
  public static var dontFork: RegionFlags { RegionFlags(rawValue: 64) }
  public static var wipeOnFork: RegionFlags { RegionFlags(rawValue: 128) }
  /// `MAP_NORESERVE`.
  public static var noReserve: RegionFlags { RegionFlags(rawValue: 256) }
  /// A shared mapping that may never become writable (the file was not opened for writing).
  public static var neverWritable: RegionFlags { RegionFlags(rawValue: 512) }
  /// Some page of this private file region was copied, so fork has something to copy.
  static var hasPrivatePages: RegionFlags { RegionFlags(rawValue: 1024) }
}

/// How a page was touched.
public enum FaultAccess: UInt8, Sendable {
  case read, write, execute
}

/// What became of a page fault.
public enum FaultOutcome: UInt8, Sendable {
  /// The page is there: go on.
  case resolved
  /// No region at that address: `SIGSEGV` with `SEGV_MAPERR`.
  case notMapped
  /// The region does not allow it: `SIGSEGV` with `SEGV_ACCERR`.
  case notAllowed
  /// A page beyond the end of the file, or one that could not be read: `SIGBUS` with `BUS_ADRERR`.
  case busError
  /// No memory for the page: see `OutOfMemory.relieve`.
  case outOfMemory
}
