import Machine
import Synchronization

/// One attachment of a file system to the tree (`mount(2)`).
public final class Mount: @unchecked Sendable {
  /// As `/proc/self/mountinfo` and `statx(STATX_MNT_ID)` show it.
  public let number: Int32
  /// What is seen at the mount point: the root of the file system or, for a bind mount, any of its nodes.
  public let root: Dentry
  /// Where it is mounted; nil for the root of the tree and for the hidden mount (pipes).
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
public struct MountFlags: OptionSet, Sendable {
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

  /// All of them: what a mount keeps of the flags given to `mount(2)`.
  @inlinable public static var all: MountFlags {
    [.readOnly, .noSetID, .noDevices, .noExecute, .noAccessTime, .noDirectoryAccessTime, .relativeAccessTime,
      .strictAccessTime]
  }

  /// As given to `mount(2)`: access times are kept relative unless something else is said.
  static func requested(_ raw: UInt32) -> MountFlags {
    var flags = MountFlags(rawValue: raw).intersection(.all)
    if flags.isDisjoint(with: [.noAccessTime, .strictAccessTime]) { flags.insert(.relativeAccessTime) }
    flags.remove(.strictAccessTime)
    return flags
  }
}

extension Mount {
  /// The fourth field of `/proc/mounts`: `rw,relatime` and so on, with the file system's own options.
  public var optionText: [UInt8] {
    var text: [UInt8] = flags.contains(.readOnly) ? [0x72, 0x6f] : [0x72, 0x77]  // ro, rw
    func add(_ flag: MountFlags, _ name: StaticString) {
      guard flags.contains(flag) else { return }
      text.append(0x2c)
      text.append(contentsOf: name.bytes)
    }
    add(.noSetID, "nosuid")
    add(.noDevices, "nodev")
    add(.noExecute, "noexec")
    add(.noAccessTime, "noatime")
    add(.noDirectoryAccessTime, "nodiratime")
    add(.relativeAccessTime, "relatime")
    text.append(contentsOf: fileSystem.options())
    return text
  }
}
