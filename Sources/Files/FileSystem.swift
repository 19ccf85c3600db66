import Basics
import Synchronization

/// A kind of file system that `mount(2)` can make: `tmpfs`, `proc`, `devtmpfs`, `devpts`, `sysfs`.
open class FileSystemType: @unchecked Sendable {
  public final let name: StaticString
  /// Whether it needs a device (`/proc/filesystems` marks the others `nodev`).
  public final let needsDevice: Bool
  public init(name: StaticString, needsDevice: Bool = false) {
    self.name = name
    self.needsDevice = needsDevice
  }

  /// Makes the file system and gives its root directory. `source` and `data` are the strings given to `mount(2)`.
  open func mount(source: [UInt8], data: [UInt8], device: DeviceNumber) throws(Errno) -> Inode { throw .ENODEV }
}

/// A file system in use. It holds no inode itself: its root belongs to the mount's name tree, and every inode holds it.
open class FileSystem: @unchecked Sendable {
  public final let type: FileSystemType
  /// `st_dev` of its files.
  public final let device: DeviceNumber
  public final let blockSize: UInt32
  private let lastNumber: Atomic<UInt64>

  public init(type: FileSystemType, device: DeviceNumber, blockSize: UInt32 = 4096, firstNumber: UInt64 = 1) {
    self.type = type
    self.device = device
    self.blockSize = blockSize
    lastNumber = Atomic(firstNumber &- 1)
  }

  /// A fresh inode number.
  public final func nextNumber() -> UInt64 { lastNumber.wrappingAdd(1, ordering: .relaxed).newValue }

  /// What `statfs(2)` shows.
  open func status() -> FileSystemStatus { FileSystemStatus(magic: 0, blockSize: blockSize) }

  /// Options for `/proc/mounts`, with a leading comma each (`,size=65536k`).
  open func options() -> [UInt8] { [] }

  open func synchronize() throws(Errno) {}
}

/// What `statfs(2)` shows; blocks are of `blockSize` bytes.
public struct FileSystemStatus {
  public var magic: UInt64
  public var blockSize: UInt32
  public var blocks: UInt64 = 0
  public var freeBlocks: UInt64 = 0
  public var files: UInt64 = 0
  public var freeFiles: UInt64 = 0
  public var nameLength: UInt32 = 255
  public init(magic: UInt64, blockSize: UInt32) {
    self.magic = magic
    self.blockSize = blockSize
  }
}
