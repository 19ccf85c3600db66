import Basics
import Locking
import Memory
import Scheduling
import Synchronization

/// The descriptors of a process (or of threads that share them by `CLONE_FILES`).
///
/// The table is also the owner of the process's record locks (`fcntl(2)`): closing any descriptor of a file releases
/// them. Files are let go after the table's lock is released, since the last release closes.
public final class FileTable: @unchecked Sendable {
  private let slots: SpinLock<DescriptorSlots>
  /// Set by the first record lock that the owner of this table takes: until then closing need not look for any.
  private let hasRecordLocks = Atomic<Bool>(false)

  /// No table holds more descriptors than this, whatever the limit says: its list is one piece of kernel memory.
  public static var mostDescriptors: UInt64 { 65536 }

  public convenience init() { self.init(DescriptorSlots()) }
  private init(_ slots: consuming DescriptorSlots) {
    self.slots = SpinLock(.fileTable, slots)
    Balance.made(.fileTable)
  }

  deinit {
    closeAll()
    Balance.freed(.fileTable, self)
  }

  /// A copy for `fork`: the same open files, the same close-on-exec marks, no record locks.
  public func copy() throws(Errno) -> FileTable {
    try Memory.admit(capacity &* 16)
    return FileTable(slots.withLock { $0.copy() })
  }

  /// The open file of a descriptor; EBADF, also for `O_PATH` descriptors.
  @inline(__always)
  public func file(_ descriptor: Int32) throws(Errno) -> OpenFile {
    guard let file = slots.withLock({ $0.file(descriptor) }), !file.flags.contains(.path) else { throw .EBADF }
    return file
  }

  /// Runs `body` with the open file of a descriptor; EBADF, also for `O_PATH` descriptors.
  ///
  /// - Parameter isAlone: whether the caller is the only thread that uses this table, and `body` does not change it.
  ///   Then nobody does while `body` runs: another thread could come to use the table only by a clone that the caller
  ///   makes, and those that merely look (`/proc`) take the lock and change nothing. So the descriptor is found without
  ///   the lock, and its reference to the file keeps the file; neither is counted. (Linux's `fdget` rests on the same.)
  ///   What a thread did that used the table before and has ended is seen: the caller has read, acquiring, the count of
  ///   users that the other lowered, releasing.
  @inline(__always)
  public func withFile<Result>(
    _ descriptor: Int32, isAlone: Bool, _ body: (OpenFile) throws(Errno) -> Result
  ) throws(Errno) -> Result {
    // What keeps the file: its slot, or this.
    var kept: OpenFile? = nil
    let found: Uncounted<OpenFile>?
    if isAlone {
      found = slots.lookAlone { $0.uncounted(descriptor) }
    } else {
      kept = slots.withLock { $0.file(descriptor) }
      found = kept.map { Uncounted($0) }
    }
    defer { withExtendedLifetime(kept) {} }
    guard let found else { throw .EBADF }
    return try found.use { (file) throws(Errno) -> Result in
      if file.flags.contains(.path) { throw Errno.EBADF }
      return try body(file)
    }
  }

  /// As `file`, `O_PATH` descriptors included: for calls that need only the place (`fstat`, `…at`, `fchdir`, `dup`).
  public func place(_ descriptor: Int32) throws(Errno) -> OpenFile {
    guard let file = slots.withLock({ $0.file(descriptor) }) else { throw .EBADF }
    return file
  }

  /// Whether the descriptor stands for `file` now.
  public func has(_ file: OpenFile, at descriptor: Int32) -> Bool { slots.withLock { $0.file(descriptor) } === file }

  /// Gives `file` the lowest free descriptor that is at least `minimum`; EMFILE from `limit` (RLIMIT_NOFILE) on.
  public func add(_ file: OpenFile, closeOnExec: Bool, minimum: Int32 = 0, limit: UInt64) throws(Errno) -> Int32 {
    let descriptor = slots.withLock { $0.add(file, closeOnExec: closeOnExec, minimum: Int(minimum), limit: min(limit, Self.mostDescriptors)) }
    guard let descriptor else { throw .EMFILE }
    return Int32(truncatingIfNeeded: descriptor)
  }

  /// Two descriptors at once, both or none (`pipe(2)`, `socketpair(2)`).
  public func add(
    _ first: OpenFile, _ second: OpenFile, closeOnExec: Bool, limit: UInt64
  ) throws(Errno) -> (Int32, Int32) {
    let limit = min(limit, Self.mostDescriptors)
    let pair = slots.withLock { (slots) -> (Int, Int)? in
      guard let one = slots.add(first, closeOnExec: closeOnExec, minimum: 0, limit: limit) else { return nil }
      guard let two = slots.add(second, closeOnExec: closeOnExec, minimum: 0, limit: limit) else {
        _ = slots.remove(one)  // the caller still holds `first`, so nothing closes here
        return nil
      }
      return (one, two)
    }
    guard let pair else { throw .EMFILE }
    return (Int32(truncatingIfNeeded: pair.0), Int32(truncatingIfNeeded: pair.1))
  }

  /// `dup2(2)`, `dup3(2)`: `descriptor` stands for `file` from now on; what it stood for is closed. EBADF when the
  /// number is out of range.
  public func set(_ descriptor: Int32, _ file: OpenFile, closeOnExec: Bool, limit: UInt64) throws(Errno) {
    guard descriptor >= 0, UInt64(descriptor) < min(limit, Self.mostDescriptors) else { throw .EBADF }
    if descriptor >= 1024 { try Memory.admit(Int(descriptor) &* 16) }
    let old = slots.withLock { $0.replace(Int(descriptor), file, closeOnExec: closeOnExec) }
    if let old { released(old) }
  }

  /// `close(2)`.
  @inline(__always)
  public func close(_ descriptor: Int32) throws(Errno) {
    guard descriptor >= 0, let file = slots.withLock({ $0.remove(Int(descriptor)) }) else { throw .EBADF }
    released(file)
  }

  /// `close_range(2)`: `first...last`.
  public func close(from first: UInt32, through last: UInt32) {
    var next = Int(first)
    while true {
      let found = slots.withLock { (slots) -> (descriptor: Int, file: OpenFile?)? in
        guard let descriptor = slots.next(from: next), descriptor <= Int(last) else { return nil }
        return (descriptor, slots.remove(descriptor))
      }
      guard let found else { return }
      if let file = found.file { released(file) }
      next = found.descriptor &+ 1
    }
  }

  /// Marks `first...last` close-on-exec.
  public func setCloseOnExec(from first: UInt32, through last: UInt32) {
    slots.withLock { (slots) in
      var next = Int(first)
      while let descriptor = slots.next(from: next), descriptor <= Int(last) {
        slots.setCloseOnExec(descriptor, true)
        next = descriptor &+ 1
      }
    }
  }

  /// `execve(2)`: closes what is marked.
  public func closeOnExec() {
    var next = 0
    while let descriptor = slots.withLock({ $0.nextCloseOnExec(from: next) }) {
      if let file = slots.withLock({ $0.remove(descriptor) }) { released(file) }
      next = descriptor &+ 1
    }
  }

  /// `exit(2)`: closes everything. For the last user of the table.
  public func closeAll() {
    // The list as a whole: where it is still shared since a fork, letting go of it is all.
    let all = slots.withLock { $0.takeAll() }
    guard hasRecordLocks.load(ordering: .relaxed) else { return }
    for file in all { if let file { released(file) } }
  }

  /// `FD_CLOEXEC`.
  public func isCloseOnExec(_ descriptor: Int32) throws(Errno) -> Bool {
    let marked = slots.withLock { $0.isCloseOnExec(Int(descriptor)) }
    guard let marked else { throw .EBADF }
    return marked
  }

  public func setCloseOnExec(_ descriptor: Int32, _ value: Bool) throws(Errno) {
    let done = slots.withLock { (slots) -> Bool in
      guard slots.file(descriptor) != nil else { return false }
      slots.setCloseOnExec(Int(descriptor), value)
      return true
    }
    if !done { throw .EBADF }
  }

  /// The lowest open descriptor that is at least `minimum`, for `/proc/PID/fd`; nil when there is none.
  public func next(from minimum: Int32) -> Int32? {
    slots.withLock { $0.next(from: Int(max(minimum, 0))) }.map { Int32(truncatingIfNeeded: $0) }
  }

  /// How many numbers the table has room for (`FDSize` of `/proc/PID/status`).
  public var capacity: Int { slots.withLock { $0.capacity } }

  /// The process is about to take a record lock: from now on closing looks for such.
  public func noteRecordLocks() { hasRecordLocks.store(true, ordering: .relaxed) }

  /// A descriptor of `file` was closed. The caller's reference is the descriptor's.
  private func released(_ file: OpenFile) {
    if hasRecordLocks.load(ordering: .relaxed) { file.inode.locks.releaseRecords(of: .table(ObjectIdentifier(self))) }
  }
}
