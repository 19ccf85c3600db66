import Machine
import Basics
import Memory
import Scheduling
import Synchronization

/// An open file description (`open(2)`): what descriptors made by `dup` and `fork` share. File systems, pipes and
/// devices subclass it.
///
/// It lives while a descriptor, a mapping or a call in progress holds it; the last release is `deinit`, where a
/// subclass closes what it opened (a pipe its end). `deinit` may run wherever a reference is dropped, so references
/// must not be dropped with a spin lock held, and `deinit` must not sleep on anything a user controls.
open class OpenFile: @unchecked Sendable {
  public final let inode: Inode
  public final let location: Location
  /// Read and set with `flags`; the access mode never changes.
  private let flagBits: Atomic<UInt32>
  /// The offset of `read`, `write` and `lseek`, and the lock that makes each of them one step for files with a
  /// position (`read(2)`: since Linux 3.14).
  public final let position: FilePosition

  /// - Parameter seekable: whether `lseek`, `pread` and `pwrite` work and reads and writes move a position; false
  ///   for pipes, terminals and other streams.
  public init(_ request: OpenRequest, inode: Inode, seekable: Bool) {
    self.inode = inode
    location = request.location
    flagBits = Atomic(request.flags.subtracting([.create, .exclusive, .noControllingTerminal, .truncate, .closeOnExec]).rawValue)
    position = FilePosition(seekable: seekable)
    Balance.made(.openFile)
  }

  /// The epoll instances that watch this file.
  public final let watches = WatchList()

  deinit {
    Balance.freed(.openFile, self)
    watches.endAll()
    inode.locks.release(file: ObjectIdentifier(self))
  }

  /// The access mode and status flags, as `fcntl(F_GETFL)` shows them.
  public final var flags: OpenFlags {
    get { OpenFlags(rawValue: flagBits.load(ordering: .relaxed)) }
    set { flagBits.store(newValue.rawValue, ordering: .relaxed) }
  }
  @inline(__always) public final var isNonBlocking: Bool { flags.contains(.nonBlocking) }
  public final var isSeekable: Bool { position.seekable }

  /// The file was read: its access time moves, as the mount and the flags say (`mount(2)`, relatime).
  @inline(__always)
  public final func noteAccess() {
    let last = inode.attributes.accessed
    if last > inode.attributes.modified, last > inode.attributes.changed { noteRareAccess() } else { noteDueAccess() }
  }

  /// Accessed since the last change: a day must have passed, or the mount must keep exact times.
  private final func noteRareAccess() {
    let now = WallClock.now()
    let strict = !location.mount.flags.contains(.relativeAccessTime)
    if strict || now &- inode.attributes.accessed > 86_400_000_000_000 { noteDueAccess(now) }
  }

  private final func noteDueAccess(_ now: Int64 = WallClock.now()) {
    let mount = location.mount.flags
    if flags.contains(.noAccessTime) || !mount.isDisjoint(with: [.noAccessTime, .readOnly]) { return }
    inode.attributes.accessed = now
  }

  // MARK: What subclasses answer

  /// Reads at `offset`, which it moves on by what it read; a stream ignores it. Gives the number of bytes, 0 at the
  /// end of file. Fewer than asked is not an error; an error after some bytes counts as a short read. EAGAIN when
  /// nothing is there and the file is non-blocking. May sleep.
  open func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int { throw .EINVAL }

  /// Writes at `offset`, or at the end for `O_APPEND`, and moves `offset` on to behind what it wrote; a stream
  /// ignores it. May sleep.
  open func write(from source: inout UserSource, at offset: inout Int64) throws(Errno) -> Int { throw .EINVAL }

  /// The new position (`lseek(2)`), called with the position locked. The default knows the size of the inode.
  open func seek(_ seek: Seek, from current: Int64) throws(Errno) -> Int64 {
    try standardSeek(seek, from: current, size: inode.attributes.size)
  }

  /// Registers the queues on which readiness is announced, when `table` is given, then tells what is ready now.
  open func poll(_ table: PollTable?) -> PollEvents { .alwaysReady }

  /// What epoll watches; nil for files that are always ready (EPERM from `epoll_ctl(2)`).
  open func pollSource() -> PollSource? { nil }

  /// `ioctl(2)`: `argument` is a number or the user address of a structure, as the request says.
  open func ioctl(_ request: UInt32, _ argument: UInt64) throws(Errno) -> Int { throw .ENOTTY }

  /// Where pages of a mapping come from (`mmap(2)`); ENODEV where mapping makes no sense.
  open func pager() throws(Errno) -> any Pager { throw .ENODEV }

  /// `fsync(2)`, `fdatasync(2)`.
  open func synchronize(dataOnly: Bool) throws(Errno) { try inode.synchronize(dataOnly: dataOnly) }

  /// `fcntl(F_SETFL)`: the flags have been stored; hook for files that act on a change.
  open func flagsChanged(from old: OpenFlags) throws(Errno) {}

  /// Lists the directory from `offset` on, `.` and `..` included, as `Inode.iterate` does.
  open func list(from offset: Int64, _ body: (DirectoryEntry) -> Bool) throws(Errno) { throw .ENOTDIR }
}

/// An `lseek(2)` request.
public enum Seek {
  case set(Int64)
  case current(Int64)
  case end(Int64)
  case data(Int64)
  case hole(Int64)
}
