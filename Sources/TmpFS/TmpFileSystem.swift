import Basics
import Files
import Machine
import Memory
import Synchronization

/// The file system that lives in memory (`tmpfs(5)`): the root, `/tmp`, `/dev`. Its limits are those that `mount -t
/// tmpfs -o size=…,nr_inodes=…` sets.
public final class TmpFileSystem: FileSystem, @unchecked Sendable {
  /// In pages of 4 KiB, and in inodes; 0 means no limit.
  public let pageLimit: Int
  public let inodeLimit: Int
  private let pages = Atomic<Int>(0)
  private let inodes = Atomic<Int>(0)

  init(type: FileSystemType, device: DeviceNumber, pageLimit: Int, inodeLimit: Int) {
    self.pageLimit = pageLimit
    self.inodeLimit = inodeLimit
    super.init(type: type, device: device)
  }

  /// Counts one page more; ENOSPC over the limit.
  func reservePage() throws(Errno) {
    let now = pages.wrappingAdd(1, ordering: .relaxed).newValue
    if pageLimit > 0, now > pageLimit {
      pages.wrappingSubtract(1, ordering: .relaxed)
      throw .ENOSPC
    }
  }

  func releasePages(_ count: Int) { pages.wrappingSubtract(count, ordering: .relaxed) }

  /// Counts one inode more; ENOSPC over the limit.
  func reserveInode() throws(Errno) {
    let now = inodes.wrappingAdd(1, ordering: .relaxed).newValue
    if inodeLimit > 0, now > inodeLimit {
      inodes.wrappingSubtract(1, ordering: .relaxed)
      throw .ENOSPC
    }
    // An inode and its names come from the kernel heap.
    do throws(Errno) {
      try Memory.admit(2048)
    } catch {
      inodes.wrappingSubtract(1, ordering: .relaxed)
      throw error
    }
  }

  func releaseInode() { inodes.wrappingSubtract(1, ordering: .relaxed) }

  public override func status() -> FileSystemStatus {
    var status = FileSystemStatus(magic: 0x0102_1994, blockSize: 4096)
    if pageLimit > 0 {
      status.blocks = UInt64(pageLimit)
      status.freeBlocks = UInt64(max(0, pageLimit - pages.load(ordering: .relaxed)))
    }
    if inodeLimit > 0 {
      status.files = UInt64(inodeLimit)
      status.freeFiles = UInt64(max(0, inodeLimit - inodes.load(ordering: .relaxed)))
    }
    return status
  }

  public override func options() -> [UInt8] {
    var text: [UInt8] = []
    if pageLimit > 0 {
      text.append(contentsOf: (",size=" as StaticString).bytes)
      appendDecimal(UInt64(pageLimit) * 4, to: &text)
      text.append(0x6b)
    }
    if inodeLimit > 0 {
      text.append(contentsOf: (",nr_inodes=" as StaticString).bytes)
      appendDecimal(UInt64(inodeLimit), to: &text)
    }
    return text
  }
}

private func appendDecimal(_ value: UInt64, to text: inout [UInt8]) {
  var digits: [UInt8] = []
  var rest = value
  repeat {
    digits.append(UInt8(truncatingIfNeeded: rest % 10) + 0x30)
    rest /= 10
  } while rest > 0
  text.append(contentsOf: digits.reversed())
}

/// `mount -t tmpfs`, also under the names `rootfs`, `ramfs` and `devtmpfs`.
public final class TmpFileSystemType: FileSystemType, @unchecked Sendable {
  /// - Parameter name: `tmpfs` unless it is another file system made of the same stuff.
  public init(name: StaticString = "tmpfs") { super.init(name: name) }

  public override func mount(source: [UInt8], data: [UInt8], device: DeviceNumber) throws(Errno) -> Inode {
    let options = try TmpOptions(data)
    return make(
      device: device, pageLimit: options.pages, inodeLimit: options.inodes, mode: options.mode, user: options.user,
      group: options.group)
  }

  /// A new file system; gives its root directory, which belongs to root unless told otherwise. No limits given: half
  /// of the memory's pages, and as many inodes.
  public func make(
    device: DeviceNumber, pageLimit: Int? = nil, inodeLimit: Int? = nil, mode: UInt32 = 0o1777, user: UInt32 = 0,
    group: UInt32 = 0
  ) -> Inode {
    let half = Frames.statistics.total / 2
    let system = TmpFileSystem(
      type: self, device: device, pageLimit: pageLimit ?? half, inodeLimit: inodeLimit ?? half)
    return TmpDirectory(
      system, NewNode(kind: .directory, mode: mode, user: user, group: group))
  }
}
