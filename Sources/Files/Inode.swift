import Basics
import Memory
import Synchronization

/// A file of any kind, apart from its names (`inode(7)`). File systems subclass it.
///
/// Attributes are atomics, each right by itself; none needs a lock to be read. The directory methods (`lookup`
/// to `iterate`) are called with the directory's `names` lock held (a sleeping lock, rank `.directory`), so a
/// file system sees one name operation per directory at a time; the arguments have been checked: names are
/// 1…255 bytes without a slash and neither `.` nor `..`; permissions are granted; for removals and renames the
/// victim is the inode that the name stands for. Names reach file systems as bytes in any encoding.
open class Inode: @unchecked Sendable {
  public final let fileSystem: FileSystem
  /// `st_ino`: unique within the file system while the inode lives.
  public final let number: UInt64
  public final let kind: FileKind
  /// `st_rdev`: the device that a character or block special file stands for.
  public final let device: DeviceNumber
  /// The attributes that `stat(2)` shows.
  public final let attributes: InodeAttributes
  /// Serialises changes of a directory's names; see `DirectoryLock`.
  public final let names = DirectoryLock()
  /// `flock(2)` and record locks on this file.
  public final let locks = InodeLocks()
  /// Who writes the file and who runs it.
  final let programUse = ProgramUse()
  /// What a named pipe or socket hangs on its inode (the pipe itself).
  public final let attachment = InodeAttachment()

  public init(
    fileSystem: FileSystem, number: UInt64, kind: FileKind, mode: UInt32, user: UInt32, group: UInt32,
    links: UInt32 = 1, device: DeviceNumber = .none
  ) {
    self.fileSystem = fileSystem
    self.number = number
    self.kind = kind
    self.device = device
    attributes = InodeAttributes(mode: mode & FileMode.all, user: user, group: group, links: links)
  }

  /// Whether names found in this directory may be remembered in the name tree. False where names come and go by
  /// themselves (`/proc`): each lookup then asks the file system.
  open var remembersNames: Bool { true }

  /// What `/proc/PID/fd` shows for inodes without a place in the tree (`pipe:[12]`, `socket:[3]`, `anon_inode:[eventpoll]`).
  open var displayName: [UInt8]? { nil }

  // MARK: Directories

  /// The inode that `name` stands for; nil when there is none.
  open func lookup(_ name: Span<UInt8>) throws(Errno) -> Inode? { throw .ENOTDIR }

  /// Makes a regular file, named pipe, socket, or device (`node.kind` says which). The name does not exist.
  open func create(_ name: [UInt8], _ node: NewNode) throws(Errno) -> Inode { throw .EPERM }

  /// Makes a directory. The name does not exist.
  open func makeDirectory(_ name: [UInt8], _ node: NewNode) throws(Errno) -> Inode { throw .EPERM }

  /// Makes a symbolic link to `target` (1…4095 bytes). The name does not exist.
  open func makeSymbolicLink(_ name: [UInt8], target: [UInt8], _ node: NewNode) throws(Errno) -> Inode {
    throw .EPERM
  }

  /// Gives `inode` (not a directory, of this file system) another name, which does not exist.
  open func link(_ name: [UInt8], _ inode: Inode) throws(Errno) { throw .EPERM }

  /// Removes a name of `inode`, which is not a directory.
  open func unlink(_ name: [UInt8], _ inode: Inode) throws(Errno) { throw .EPERM }

  /// Removes the directory `inode`: ENOTEMPTY when it has entries; from then on nothing can be made in it (ENOENT).
  open func removeDirectory(_ name: [UInt8], _ inode: Inode) throws(Errno) { throw .EPERM }

  /// Renames (`rename(2)`) within or between directories of this file system; called on the old directory, with
  /// both directories' `names` locks held. `rename.victim` is what the new name stands for, if anything.
  open func rename(_ rename: Rename) throws(Errno) { throw .EPERM }

  /// Makes a file without a name (`O_TMPFILE`).
  open func createUnnamed(_ node: NewNode) throws(Errno) -> Inode { throw .EOPNOTSUPP }

  /// Calls `body` with the entries after `offset`, without `.` and `..`, until it gives false. `offset` 0 is the
  /// start; each entry carries the offset that continues after it, which stays valid while other names come and
  /// go. Offsets below 2 must not be used in entries.
  open func iterate(from offset: Int64, _ body: (DirectoryEntry) -> Bool) throws(Errno) { throw .ENOTDIR }

  // MARK: Any kind

  /// The text of a symbolic link.
  open func readLink() throws(Errno) -> [UInt8] { throw .EINVAL }

  /// Where following this link leads, for links that are not text (`/proc/PID/fd/N`, `exe`, `cwd`, `root`):
  /// nil for ordinary links.
  open func magicLink() throws(Errno) -> Location? { nil }

  /// Makes the open file description. Permissions have been checked, and `O_TRUNC` is done afterwards. Device and
  /// pipe nodes are opened by the caller instead (`Opening.swift`) unless `opensItself`.
  open func open(_ request: OpenRequest) throws(Errno) -> OpenFile {
    guard kind == .directory else { throw .ENXIO }
    return DirectoryFile(request, inode: self)
  }

  /// True for inodes of kind character or block device or pipe that answer `open` themselves.
  open var opensItself: Bool { kind == .regular || kind == .directory }

  /// Sets the size of a regular file (`truncate(2)`): what is cut off reads as zeros if the file grows again.
  open func truncate(to size: Int64) throws(Errno) { throw .EINVAL }

  /// `fallocate(2)` on a regular file.
  open func allocate(_ request: AllocationRequest) throws(Errno) { throw .EOPNOTSUPP }

  /// Applies `changes`, which the caller checked for permission. File systems that store attributes override and
  /// call `super`.
  open func setAttributes(_ changes: AttributeChanges) throws(Errno) { attributes.apply(changes) }

  /// What `stat(2)` shows. Override where sizes or times are computed.
  open func status() -> FileStatus { standardStatus() }

  /// The status made from the attributes; for overrides to start from.
  public final func standardStatus() -> FileStatus {
    FileStatus(
      device: fileSystem.device, number: number, mode: kind.modeBits | attributes.mode, links: attributes.links,
      user: attributes.user, group: attributes.group, specialDevice: device, size: attributes.size,
      blockSize: fileSystem.blockSize, blocks: attributes.blocks, accessed: attributes.accessed,
      modified: attributes.modified, changed: attributes.changed, born: attributes.born)
  }

  /// The blocks and times of the file reach its store before this returns (`fsync(2)`).
  open func synchronize(dataOnly: Bool) throws(Errno) {}
}
