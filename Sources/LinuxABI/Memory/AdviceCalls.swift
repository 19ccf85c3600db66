import Basics
import Files
import Memory
import Processes

/// Advice about mapped memory: `madvise(2)`, `msync(2)`, `mincore(2)`, `mlock(2)` and relatives.
extension SystemCalls {
  static func madvise(_ call: borrowing Call) throws(Errno) -> Int {
    guard call.a0 & 4095 == 0 else { throw .EINVAL }
    let space = call.task.space
    let advice = int(call.a2)
    switch advice {
    case 0...4, 8, 10, 11, 14...21: break
    default: throw .EINVAL
    }
    guard let (start, end) = try range(call.a0, call.a1) else { return 0 }
    switch advice {
    case 4, 8: try space.discard(start, end)  // MADV_DONTNEED, MADV_FREE
    case 10: try space.changeFlags(start, end, adding: .dontFork, removing: [])
    case 11: try space.changeFlags(start, end, adding: [], removing: .dontFork)
    case 18:  // MADV_WIPEONFORK: private anonymous memory only
      guard space.isPrivateAnonymous(start, end) else { throw .EINVAL }
      try space.changeFlags(start, end, adding: .wipeOnFork, removing: [])
    case 19: try space.changeFlags(start, end, adding: [], removing: .wipeOnFork)
    default: try space.checkMapped(start, end)  // hints about reading, huge pages, dumps: nothing to do
    }
    return 0
  }

  /// Nothing is ever late: a shared page *is* the file's page.
  static func msync(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = call.a2
    // MS_ASYNC 1, MS_INVALIDATE 2, MS_SYNC 4.
    guard call.a0 & 4095 == 0, flags & ~7 == 0, flags & 5 != 5 else { throw .EINVAL }
    guard let (start, end) = try range(call.a0, call.a1, overflow: .ENOMEM) else { return 0 }
    try call.task.space.checkMapped(start, end)
    return 0
  }

  static func mincore(_ call: borrowing Call) throws(Errno) -> Int {
    guard call.a0 & 4095 == 0 else { throw .EINVAL }
    guard let (start, end) = try range(call.a0, call.a1, overflow: .ENOMEM) else { return 0 }
    var (from, to) = (start, call.a2)
    while from < end {
      let pages = min((end &- from) &>> 12, 4096)
      try UserMemory.copyOut(call.task.space.residence(from, pages: Int(pages)), to: to)
      from &+= pages &<< 12
      to &+= pages
    }
    return 0
  }

  static func mlock(_ call: borrowing Call) throws(Errno) -> Int { try lock(call, onFault: false) }

  static func mlock2(_ call: borrowing Call) throws(Errno) -> Int {
    guard call.a2 & ~1 == 0 else { throw .EINVAL }  // MLOCK_ONFAULT
    return try lock(call, onFault: call.a2 != 0)
  }

  private static func lock(_ call: borrowing Call, onFault: Bool) throws(Errno) -> Int {
    let privileged = call.task.credentials.has(.lockMemory)
    if !privileged, call.task.space.layout.limitLocked == 0 { throw .EPERM }
    guard let (start, end) = try range(call.a0 & ~4095, call.a1 &+ (call.a0 & 4095)) else { return 0 }
    try call.task.space.lock(start, end, onFault: onFault, privileged: privileged)
    return 0
  }

  static func munlock(_ call: borrowing Call) throws(Errno) -> Int {
    guard let (start, end) = try range(call.a0 & ~4095, call.a1 &+ (call.a0 & 4095)) else { return 0 }
    try call.task.space.unlock(start, end)
    return 0
  }

  static func mlockall(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = call.a0
    // MCL_CURRENT 1, MCL_FUTURE 2, MCL_ONFAULT 4, which alone means nothing.
    guard flags != 0, flags & ~7 == 0, flags != 4 else { throw .EINVAL }
    let space = call.task.space
    if !call.task.credentials.has(.lockMemory) {
      let limit = space.layout.limitLocked
      if limit == 0 { throw .EPERM }
      if flags & 1 != 0, UInt64(space.usage.virtual) &<< 12 > limit { throw .ENOMEM }
    }
    try space.lockAll(current: flags & 1 != 0, future: flags & 2 != 0, unlock: false)
    return 0
  }

  static func munlockall(_ call: borrowing Call) throws(Errno) -> Int {
    try call.task.space.lockAll(current: false, future: false, unlock: true)
    return 0
  }

  /// `MAP_LOCKED`: `EPERM` where locking is not allowed at all, `EAGAIN` beyond the limit (mmap(2)).
  static func admitLocking(_ call: borrowing Call, _ length: UInt64) throws(Errno) {
    if call.task.credentials.has(.lockMemory) { return }
    let space = call.task.space
    let limit = space.layout.limitLocked
    if limit == 0 { throw .EPERM }
    if UInt64(space.usage.locked) &<< 12 &+ min(length, 1 << 47) > limit { throw .EAGAIN }
  }

  /// The pages of `length` bytes at a page; nil when there are none. Throws `overflow` beyond user space.
  private static func range(
    _ start: UInt64, _ length: UInt64, overflow: Errno = .EINVAL
  ) throws(Errno) -> (UInt64, UInt64)? {
    if length == 0 { return nil }
    guard length <= UserMemory.end else { throw overflow }
    guard start <= UserMemory.end, (length &+ 4095) & ~4095 <= UserMemory.end &- start else { throw .ENOMEM }
    return (start, start &+ ((length &+ 4095) & ~4095))
  }
}
