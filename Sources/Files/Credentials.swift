/// Who acts: identities and capabilities, as permission checks need them (`credentials(7)`, `capabilities(7)`).
///
/// Immutable; a change makes a new value and swaps the task's reference, so that a call that runs keeps what it
/// started with, and readers need no lock.
public final class Credentials: @unchecked Sendable {
  public let user: Identity
  public let group: Identity
  /// Supplementary groups, sorted.
  public let groups: [UInt32]
  /// Effective, permitted, inheritable, ambient and bounding sets, a bit per capability number.
  public let capabilities: CapabilitySets

  public init(user: Identity, group: Identity, groups: [UInt32], capabilities: CapabilitySets) {
    self.user = user
    self.group = group
    self.groups = groups
    self.capabilities = capabilities
  }

  /// The superuser with all capabilities: what the first process has.
  public static func root() -> Credentials {
    Credentials(user: Identity(0), group: Identity(0), groups: [], capabilities: .full)
  }

  @inlinable public func has(_ capability: Capability) -> Bool {
    capabilities.effective & capability.mask != 0
  }

  /// Whether access checks by the real ids (`access(2)`) come out as those by the effective ones.
  public var actsAsReal: Bool {
    user.real == user.fileSystem && group.real == group.fileSystem
      && capabilities.effective == (user.real == 0 ? capabilities.permitted : 0)
  }

  /// Whether the file-system group or a supplementary group is `id`.
  public func isMember(of id: UInt32) -> Bool {
    if group.fileSystem == id { return true }
    for member in groups where member == id { return true }
    return false
  }

  /// Real, effective, saved and file-system user or group id.
  public struct Identity: Equatable {
    public var real: UInt32
    public var effective: UInt32
    public var saved: UInt32
    public var fileSystem: UInt32
    public init(_ id: UInt32) { (real, effective, saved, fileSystem) = (id, id, id, id) }
    public init(real: UInt32, effective: UInt32, saved: UInt32, fileSystem: UInt32) {
      (self.real, self.effective, self.saved, self.fileSystem) = (real, effective, saved, fileSystem)
    }
  }

  public struct CapabilitySets: Equatable {
    public var effective: UInt64
    public var permitted: UInt64
    public var inheritable: UInt64
    public var ambient: UInt64
    public var bounding: UInt64
    public init(effective: UInt64, permitted: UInt64, inheritable: UInt64, ambient: UInt64, bounding: UInt64) {
      self.effective = effective
      self.permitted = permitted
      self.inheritable = inheritable
      self.ambient = ambient
      self.bounding = bounding
    }
    /// Capabilities 0…40 (the last of Linux 6.1, `CAP_CHECKPOINT_RESTORE`).
    public static var all: UInt64 { (1 << 41) - 1 }
    public static var full: CapabilitySets {
      CapabilitySets(effective: all, permitted: all, inheritable: 0, ambient: 0, bounding: all)
    }
    public static var none: CapabilitySets {
      CapabilitySets(effective: 0, permitted: 0, inheritable: 0, ambient: 0, bounding: all)
    }
  }
}

/// The capabilities that the kernel asks for (`capabilities(7)`).
public enum Capability: UInt8 {
  case changeOwner = 0  // CAP_CHOWN
  case overrideAccess = 1  // CAP_DAC_OVERRIDE
  case readSearch = 2  // CAP_DAC_READ_SEARCH
  case fileOwner = 3  // CAP_FOWNER
  case keepSetID = 4  // CAP_FSETID
  case kill = 5  // CAP_KILL
  case setGroupID = 6  // CAP_SETGID
  case setUserID = 7  // CAP_SETUID
  case setCapabilities = 8  // CAP_SETPCAP
  case lockMemory = 14  // CAP_IPC_LOCK
  case changeRoot = 18  // CAP_SYS_CHROOT
  case trace = 19  // CAP_SYS_PTRACE
  case administrator = 21  // CAP_SYS_ADMIN
  case boot = 22  // CAP_SYS_BOOT
  case nice = 23  // CAP_SYS_NICE
  case resource = 24  // CAP_SYS_RESOURCE
  case time = 25  // CAP_SYS_TIME
  case terminal = 26  // CAP_SYS_TTY_CONFIG
  case makeNode = 27  // CAP_MKNOD

  @inlinable public var mask: UInt64 { 1 << UInt64(rawValue) }
}
