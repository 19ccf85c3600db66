public import Basics
public import Scheduling

/// The memory of a process: its regions and the page tables that realise them.
public final class AddressSpace: SwitchContext {
  /// An empty address space. `ENOMEM`.
  public static func make() throws(Errno) -> AddressSpace { fatalError("later") }
  init() { super.init(root: 0) }

  /// Maps a region as `request` says; answers its address. mmap(2)'s errors: `ENOMEM`, `EEXIST`, `EINVAL`.
  public func map(_ request: consuming MapRequest) throws(Errno) -> UInt64 { fatalError("later") }
  /// munmap(2). `EINVAL` when misaligned or outside the user half.
  public func unmap(_ address: UInt64, _ length: UInt64) throws(Errno) { fatalError("later") }
  /// mprotect(2). `ENOMEM` where nothing is mapped, `EACCES` when a shared file may not be written.
  public func protect(_ address: UInt64, _ length: UInt64, _ protection: Protection) throws(Errno) { fatalError("later") }

  /// exec: the heap begins at `address` (page aligned) and is empty.
  public func startBreak(at address: UInt64) { fatalError("later") }
  /// brk(2): sets the end of the heap when that can be; answers where it is.
  public func setBreak(_ address: UInt64) -> UInt64 { fatalError("later") }

  /// A copy for fork(2), copy-on-write. `ENOMEM`.
  public func fork() throws(Errno) -> AddressSpace { fatalError("later") }

  /// Resolves a page fault at `address` of this space, which is the current thread's. No lock is held;
  /// may sleep. `user`: the program touched it, not the kernel on its behalf.
  public func fault(at address: UInt64, access: FaultAccess, user: Bool) -> FaultOutcome { fatalError("later") }

  /// Unmaps everything and gives the page tables back: when the last thread has let go of the space and
  /// runs on another. Afterwards the object is empty; nothing may be mapped in it.
  public func destroy() { fatalError("later") }

  /// Copies to or from this space, which need not be the current one (exec's stack, /proc/PID/cmdline,
  /// process_vm_readv). Throws `EFAULT`.
  public func write(_ bytes: [UInt8], to address: UInt64) throws(Errno) { fatalError("later") }
  public func read(_ address: UInt64, count: Int) throws(Errno) -> [UInt8] { fatalError("later") }

  /// What identifies a futex word: its object and offset when the mapping is shared, else this space and
  /// the address. `EFAULT` when nothing is mapped there.
  public func futexKey(_ address: UInt64, shared: Bool) throws(Errno) -> FutexKey { fatalError("later") }

  /// The regions in order of address, for /proc/PID/maps.
  public func regions() -> [RegionInformation] { fatalError("later") }
  public var usage: MemoryUsage { fatalError("later") }
  /// Limits and marks that the owner sets; see `SpaceLayout`.
  public var layout: SpaceLayout { get { fatalError("later") } set { fatalError("later") } }
}

/// What `AddressSpace.map` is to do.
public struct MapRequest {
  /// Where: a hint, or a must with `fixed`. 0: anywhere.
  public var address: UInt64
  /// Bytes; rounded up to whole pages.
  public var length: UInt64
  public var protection: Protection
  public var flags: RegionFlags
  /// What is mapped; nil: anonymous memory.
  public var pager: (any Pager)?
  /// Byte offset in it, a multiple of 4096.
  public var offset: UInt64
  /// Exactly at `address`, replacing what is there (`MAP_FIXED`) or failing with `EEXIST` (`MAP_FIXED_NOREPLACE`).
  public var fixed: Bool
  public var noReplace: Bool
  /// Bring all pages in at once (`MAP_POPULATE`, `MAP_LOCKED`).
  public var populate: Bool

  public init(
    address: UInt64 = 0, length: UInt64, protection: Protection, flags: RegionFlags = [], pager: (any Pager)? = nil,
    offset: UInt64 = 0, fixed: Bool = false, noReplace: Bool = false, populate: Bool = false
  ) {
    self.address = address
    self.length = length
    self.protection = protection
    self.flags = flags
    self.pager = pager
    self.offset = offset
    self.fixed = fixed
    self.noReplace = noReplace
    self.populate = populate
  }
}

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
  /// In memory: anonymous and file pages; the largest that ever was.
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
