import Basics
import Files
import Memory
import Processes

/// `fcntl(2)` and `flock(2)`.
extension SystemCalls {
  static func fcntl(_ call: borrowing Call) throws(Errno) -> Int {
    let descriptor = int(call.a0)
    let files = call.task.files
    let file = try files.place(descriptor)
    switch uint(call.a1) {
    case 0, 1030:  // F_DUPFD, F_DUPFD_CLOEXEC
      guard call.a2 < call.descriptorLimit, call.a2 <= UInt64(Int32.max) else { throw .EINVAL }
      return Int(
        try files.add(
          file, closeOnExec: uint(call.a1) == 1030, minimum: int(call.a2), limit: call.descriptorLimit))
    case 1: return try files.isCloseOnExec(descriptor) ? 1 : 0  // F_GETFD
    case 2:  // F_SETFD
      try files.setCloseOnExec(descriptor, call.a2 & 1 != 0)
      return 0
    case 3: return Int(file.flags.rawValue)  // F_GETFL
    default: break
    }
    if file.flags.contains(.path) { throw .EBADF }
    switch uint(call.a1) {
    case 4: return try setFlags(call, file)
    case 5: return try getLock(call, file, owner: .table(ObjectIdentifier(files)))
    case 6: return try setLock(call, file, wait: false, perFile: false)
    case 7: return try setLock(call, file, wait: true, perFile: false)
    case 8, 10, 15: return 0  // F_SETOWN, F_SETSIG, F_SETOWN_EX: no SIGIO is ever sent
    case 9, 11: return 0  // F_GETOWN, F_GETSIG
    case 36: return try getLock(call, file, owner: .file(ObjectIdentifier(file)))
    case 37: return try setLock(call, file, wait: false, perFile: true)
    case 38: return try setLock(call, file, wait: true, perFile: true)
    case 1031:  // F_SETPIPE_SZ
      guard let pipe = (file as? PipeFile)?.pipe else { throw .EBADF }
      guard int(call.a2) >= 0 else { throw .EINVAL }
      return try pipe.resize(to: UInt64(uint(call.a2)), privileged: call.task.credentials.has(.resource))
    case 1032:  // F_GETPIPE_SZ
      guard let pipe = (file as? PipeFile)?.pipe else { throw .EBADF }
      return pipe.capacity
    default: throw .EINVAL
    }
  }

  private static func setFlags(_ call: borrowing Call, _ file: OpenFile) throws(Errno) -> Int {
    let wanted = OpenFlags(rawValue: uint(call.a2))
    let old = file.flags
    if wanted.contains(.noAccessTime), !old.contains(.noAccessTime), !file.inode.isOwned(by: call.task.credentials) {
      throw .EPERM
    }
    file.flags = old.subtracting(.changeable).union(wanted.intersection(.changeable))
    try file.flagsChanged(from: old)
    return 0
  }

  /// `struct flock` of x86-64.
  private struct UserLock: BitwiseCopyable {
    var type: Int16 = 0
    var whence: Int16 = 0
    var padding: Int32 = 0
    var start: Int64 = 0
    var length: Int64 = 0
    var process: Int32 = 0
    var tail: Int32 = 0
  }

  /// First and last byte that a `struct flock` speaks of.
  private static func range(_ lock: UserLock, _ file: OpenFile) throws(Errno) -> (Int64, Int64) {
    let base: Int64
    switch lock.whence {
    case 0: base = 0
    case 1: base = file.isSeekable ? try file.moved(.current(0)) : 0
    case 2: base = file.inode.attributes.size
    default: throw .EINVAL
    }
    let (start, overflow) = base.addingReportingOverflow(lock.start)
    if overflow { throw .EOVERFLOW }
    guard start >= 0 else { throw .EINVAL }
    if lock.length == 0 { return (start, .max) }
    if lock.length > 0 {
      let (end, overflow) = start.addingReportingOverflow(lock.length - 1)
      if overflow { throw .EOVERFLOW }
      return (start, end)
    }
    let (low, underflow) = start.addingReportingOverflow(lock.length)
    guard !underflow, low >= 0 else { throw .EINVAL }
    return (low, start - 1)
  }

  private static func getLock(
    _ call: borrowing Call, _ file: OpenFile, owner: RecordLock.Owner
  ) throws(Errno) -> Int {
    var lock = try UserMemory.read(call.a2, as: UserLock.self)
    guard lock.type == 0 || lock.type == 1 else { throw .EINVAL }
    if uint(call.a1) == 36, lock.process != 0 { throw .EINVAL }
    let (start, end) = try range(lock, file)
    let wanted = RecordLock(owner: owner, process: 0, exclusive: lock.type == 1, start: start, end: end)
    if let held = file.inode.locks.conflict(with: wanted) {
      lock.type = held.exclusive ? 1 : 0
      lock.whence = 0
      lock.start = held.start
      lock.length = held.end == .max ? 0 : held.end - held.start + 1
      lock.process = held.process
    } else {
      lock.type = 2
    }
    try UserMemory.write(lock, to: call.a2)
    return 0
  }

  private static func setLock(
    _ call: borrowing Call, _ file: OpenFile, wait: Bool, perFile: Bool
  ) throws(Errno) -> Int {
    let lock = try UserMemory.read(call.a2, as: UserLock.self)
    if perFile, lock.process != 0 { throw .EINVAL }
    let (start, end) = try range(lock, file)
    let files = call.task.files
    let owner: RecordLock.Owner = perFile ? .file(ObjectIdentifier(file)) : .table(ObjectIdentifier(files))
    switch lock.type {
    case 0: guard file.flags.isReadable else { throw .EBADF }
    case 1: guard file.flags.isWritable else { throw .EBADF }
    case 2:
      file.inode.locks.unlock(owner, from: start, through: end)
      return 0
    default: throw .EINVAL
    }
    if !perFile { files.noteRecordLocks() }
    let wanted = RecordLock(
      owner: owner, process: perFile ? -1 : call.task.process.id, exclusive: lock.type == 1, start: start, end: end)
    try file.inode.locks.set(wanted, wait: wait, call.caller.context.namespace.lockWaits)
    // Another thread may have closed the descriptor meanwhile, and with it released the process's locks: then this
    // one must not stay behind.
    if !perFile, !files.has(file, at: int(call.a0)) { file.inode.locks.unlock(owner, from: start, through: end) }
    return 0
  }

  static func flock(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try call.file(call.a0)
    let operation = uint(call.a1)
    let exclusive: Bool?
    switch operation & ~4 {
    case 1: exclusive = false
    case 2: exclusive = true
    case 8: exclusive = nil
    default: throw .EINVAL
    }
    try file.inode.locks.flock(file, exclusive: exclusive, wait: operation & 4 == 0)
    return 0
  }
}
