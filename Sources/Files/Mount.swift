import Synchronization

/// One attachment of a file system to the tree (`mount(2)`).
public final class Mount: @unchecked Sendable {
  /// As `/proc/self/mountinfo` and `statx(STATX_MNT_ID)` show it.
  public let number: Int32
  public let root: Dentry
  /// Where it is mounted; nil for the root of the tree and for hidden mounts (pipes).
  public let point: Location?
  /// The first field of `/proc/mounts`.
  public let source: [UInt8]
  private let flagBits: Atomic<UInt32>

  public init(number: Int32, root: Dentry, point: Location?, source: [UInt8], flags: MountFlags) {
    self.number = number
    self.root = root
    self.point = point
    self.source = source
    flagBits = Atomic(flags.rawValue)
  }

  public var fileSystem: FileSystem { root.inode.fileSystem }
  public var flags: MountFlags {
    get { MountFlags(rawValue: flagBits.load(ordering: .relaxed)) }
    set { flagBits.store(newValue.rawValue, ordering: .relaxed) }
  }
}

/// The per-mount flags of `mount(2)`, with its values.
public struct MountFlags: OptionSet {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
  @inlinable public static var readOnly: MountFlags { MountFlags(rawValue: 1) }
  @inlinable public static var noSetID: MountFlags { MountFlags(rawValue: 2) }
  @inlinable public static var noDevices: MountFlags { MountFlags(rawValue: 4) }
  @inlinable public static var noExecute: MountFlags { MountFlags(rawValue: 8) }
  @inlinable public static var noAccessTime: MountFlags { MountFlags(rawValue: 1024) }
  @inlinable public static var noDirectoryAccessTime: MountFlags { MountFlags(rawValue: 2048) }
  @inlinable public static var relativeAccessTime: MountFlags { MountFlags(rawValue: 1 << 21) }
  @inlinable public static var strictAccessTime: MountFlags { MountFlags(rawValue: 1 << 24) }
}
