import Files

/// Nanoseconds since 1970 as whole seconds and the rest, which is never negative.
@inline(__always)
private func split(_ time: Int64) -> (seconds: Int64, nanoseconds: Int64) {
  var (seconds, rest) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
  if rest < 0 {
    rest += 1_000_000_000
    seconds -= 1
  }
  return (seconds, rest)
}

/// `struct stat` of x86-64: 144 bytes.
struct UserStatus: BitwiseCopyable {
  var device, number, links: UInt64
  var mode, user, group, padding: UInt32
  var specialDevice: UInt64
  var size, blockSize, blocks: Int64
  var accessSeconds, accessNanoseconds: Int64
  var modificationSeconds, modificationNanoseconds: Int64
  var changeSeconds, changeNanoseconds: Int64
  var unused0, unused1, unused2: Int64

  @inline(__always)
  init(_ status: FileStatus) {
    device = status.device.encoded
    number = status.number
    links = UInt64(status.links)
    mode = status.mode
    user = status.user
    group = status.group
    padding = 0
    specialDevice = status.specialDevice.encoded
    size = status.size
    blockSize = Int64(status.blockSize)
    blocks = status.blocks
    (accessSeconds, accessNanoseconds) = split(status.accessed)
    (modificationSeconds, modificationNanoseconds) = split(status.modified)
    (changeSeconds, changeNanoseconds) = split(status.changed)
    unused0 = 0
    unused1 = 0
    unused2 = 0
  }
}

/// `struct statx_timestamp`.
private struct UserTime: BitwiseCopyable {
  var seconds: Int64
  var nanoseconds: UInt32
  var padding: Int32 = 0
  init(_ time: Int64) {
    let (seconds, nanoseconds) = split(time)
    self.seconds = seconds
    self.nanoseconds = UInt32(truncatingIfNeeded: nanoseconds)
  }
}

/// `struct statx`: 256 bytes.
struct UserExtendedStatus: BitwiseCopyable {
  private var mask: UInt32
  private var blockSize: UInt32
  private var attributes: UInt64
  private var links, user, group: UInt32
  private var mode: UInt16
  private var padding: UInt16 = 0
  private var number, size, blocks, attributesMask: UInt64
  private var accessed, born, changed, modified: UserTime
  private var specialMajor, specialMinor, deviceMajor, deviceMinor: UInt32
  private var mount: UInt64
  private var directAlignment: UInt64 = 0
  private var spare: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
  private var moreSpare: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

  init(_ status: FileStatus, _ location: Location) {
    // The basic fields, the time of birth and the mount's number are filled in.
    mask = 0x7ff | 0x800 | 0x1000
    blockSize = status.blockSize
    let isRoot = location.dentry === location.mount.root
    attributes = isRoot ? 0x2000 : 0
    attributesMask = 0x2000
    links = status.links
    user = status.user
    group = status.group
    mode = UInt16(truncatingIfNeeded: status.mode)
    number = status.number
    size = UInt64(bitPattern: status.size)
    blocks = UInt64(bitPattern: status.blocks)
    accessed = UserTime(status.accessed)
    born = UserTime(status.born)
    changed = UserTime(status.changed)
    modified = UserTime(status.modified)
    specialMajor = status.specialDevice.major
    specialMinor = status.specialDevice.minor
    deviceMajor = status.device.major
    deviceMinor = status.device.minor
    mount = UInt64(UInt32(bitPattern: location.mount.number))
  }
}

/// `struct statfs` of x86-64: 120 bytes.
struct UserFileSystemStatus: BitwiseCopyable {
  private var magic, blockSize: Int64
  private var blocks, freeBlocks, availableBlocks, files, freeFiles: UInt64
  private var identity: (UInt32, UInt32)
  private var nameLength, fragmentSize, flags: Int64
  private var spare: (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)

  init(_ mount: Mount, _ fileSystem: FileSystem? = nil) {
    let fileSystem = fileSystem ?? mount.fileSystem
    let status = fileSystem.status()
    magic = Int64(bitPattern: status.magic)
    blockSize = Int64(status.blockSize)
    blocks = status.blocks
    freeBlocks = status.freeBlocks
    availableBlocks = status.freeBlocks
    files = status.files
    freeFiles = status.freeFiles
    identity = (UInt32(truncatingIfNeeded: fileSystem.device.encoded), 0)
    nameLength = Int64(status.nameLength)
    fragmentSize = Int64(status.blockSize)
    // ST_VALID and the mount's own flags, whose bits are the same but for relatime.
    let own = mount.flags
    flags = 0x20 | Int64(own.intersection([.readOnly, .noSetID, .noDevices, .noExecute, .noAccessTime, .noDirectoryAccessTime]).rawValue)
    if own.contains(.relativeAccessTime) { flags |= 0x1000 }
  }
}
