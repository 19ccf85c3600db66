import Basics

/// What a new inode is to be: the umask is applied already.
public struct NewNode {
  public var kind: FileKind
  public var mode: UInt32
  public var user: UInt32
  public var group: UInt32
  public var device: DeviceNumber
  public init(kind: FileKind, mode: UInt32, user: UInt32, group: UInt32, device: DeviceNumber = .none) {
    self.kind = kind
    self.mode = mode
    self.user = user
    self.group = group
    self.device = device
  }
}

/// A rename that has passed all checks that need no knowledge of the file system.
public struct Rename {
  public var oldName: [UInt8]
  public var newName: [UInt8]
  public var newDirectory: Inode
  public var moved: Inode
  /// What the new name stands for: replaced, or exchanged.
  public var victim: Inode?
  /// `RENAME_EXCHANGE`: `victim` (present) takes the old name.
  public var exchange: Bool
}

/// One name of a directory.
public struct DirectoryEntry {
  public var name: [UInt8]
  public var number: UInt64
  public var kind: FileKind
  /// Continues the listing after this entry.
  public var next: Int64
  public init(name: [UInt8], number: UInt64, kind: FileKind, next: Int64) {
    self.name = name
    self.number = number
    self.kind = kind
    self.next = next
  }
}

/// What `Inode.open` is told.
public struct OpenRequest {
  public var flags: OpenFlags
  /// The name under which the file was found.
  public var location: Location
  public var credentials: Credentials
  public init(flags: OpenFlags, location: Location, credentials: Credentials) {
    self.flags = flags
    self.location = location
    self.credentials = credentials
  }
}

/// `fallocate(2)`.
public struct AllocationRequest {
  public enum Operation {
    case allocate
    case punchHole
    case zeroRange
  }
  public var operation: Operation
  /// `FALLOC_FL_KEEP_SIZE`
  public var keepsSize: Bool
  public var offset: Int64
  public var length: Int64

  public init(operation: Operation, keepsSize: Bool, offset: Int64, length: Int64) {
    self.operation = operation
    self.keepsSize = keepsSize
    self.offset = offset
    self.length = length
  }
}

/// What `stat(2)` and `statx(2)` show. Times are nanoseconds since 1970, UTC.
public struct FileStatus {
  public var device: DeviceNumber
  public var number: UInt64
  /// With the type bits.
  public var mode: UInt32
  public var links: UInt32
  public var user: UInt32
  public var group: UInt32
  public var specialDevice: DeviceNumber
  public var size: Int64
  public var blockSize: UInt32
  /// In units of 512 bytes.
  public var blocks: Int64
  public var accessed: Int64
  public var modified: Int64
  public var changed: Int64
  public var born: Int64
}

/// What `chmod`, `chown` and `utimensat` change; nil leaves as it is.
public struct AttributeChanges {
  public var mode: UInt32?
  public var user: UInt32?
  public var group: UInt32?
  public var accessed: Int64?
  public var modified: Int64?
  /// The time of the change itself.
  public var changed: Int64
  public init(changed: Int64) { self.changed = changed }
}
