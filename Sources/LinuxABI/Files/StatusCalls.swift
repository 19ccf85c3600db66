import Basics
import Files
import Memory
import Processes

/// What a file is: `stat(2)`, `statx(2)`, `access(2)`, `statfs(2)`.
extension SystemCalls {
  static func stat(_ call: borrowing Call) throws(Errno) -> Int {
    try UserMemory.write(UserStatus(try call.location(call.a0).inode.status()), to: call.a1)
    return 0
  }

  static func lstat(_ call: borrowing Call) throws(Errno) -> Int {
    let location = try call.caller.find(try call.path(call.a0), [])
    try UserMemory.write(UserStatus(location.inode.status()), to: call.a1)
    return 0
  }

  static func fstat(_ call: borrowing Call) throws(Errno) -> Int {
    try UserMemory.write(UserStatus(try call.task.files.place(int(call.a0)).inode.status()), to: call.a1)
    return 0
  }

  static func newfstatat(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = uint(call.a3)
    guard flags & ~(AtFlags.noFollow | AtFlags.noAutomount | AtFlags.emptyPath) == 0 else { throw .EINVAL }
    try UserMemory.write(UserStatus(try call.location(call.a0, call.a1, flags).inode.status()), to: call.a2)
    return 0
  }

  static func statx(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = uint(call.a2)
    // AT_STATX_FORCE_SYNC and AT_STATX_DONT_SYNC exclude each other.
    let known = AtFlags.noFollow | AtFlags.noAutomount | AtFlags.emptyPath | 0x6000
    guard flags & ~known == 0, flags & 0x6000 != 0x6000, uint(call.a3) & 0x8000_0000 == 0 else { throw .EINVAL }
    let location = try call.location(call.a0, call.a1, flags)
    try UserMemory.write(UserExtendedStatus(location.inode.status(), location), to: call.a4)
    return 0
  }

  static func access(_ call: borrowing Call) throws(Errno) -> Int {
    try check(call, UInt64(bitPattern: -100), call.a0, uint(call.a1), 0)
  }

  static func faccessat(_ call: borrowing Call) throws(Errno) -> Int {
    try check(call, call.a0, call.a1, uint(call.a2), 0)
  }

  static func faccessat2(_ call: borrowing Call) throws(Errno) -> Int {
    try check(call, call.a0, call.a1, uint(call.a2), uint(call.a3))
  }

  private static func check(
    _ call: borrowing Call, _ descriptor: UInt64, _ address: UInt64, _ mode: UInt32, _ flags: UInt32
  ) throws(Errno) -> Int {
    guard mode & ~7 == 0 else { throw .EINVAL }
    guard flags & ~(AtFlags.noFollow | AtFlags.effectiveAccess | AtFlags.emptyPath) == 0 else { throw .EINVAL }
    let path = try call.path(address)
    var options: LookupOptions = []
    if flags & AtFlags.noFollow == 0 { options.insert(.followLast) }
    if flags & AtFlags.emptyPath != 0 { options.insert(.emptyPath) }
    var credentials = call.task.credentials
    if flags & AtFlags.effectiveAccess == 0, !credentials.actsAsReal { credentials = credentials.asReal() }
    let caller = Caller(context: call.task.fs, credentials: credentials)
    let start = try call.start(descriptor, path, mayBeEmpty: options.contains(.emptyPath))
    let location = try caller.find(path, from: start, options)
    try caller.check(location, Access(rawValue: mode))
    return 0
  }

  static func statfs(_ call: borrowing Call) throws(Errno) -> Int {
    try UserMemory.write(UserFileSystemStatus(try call.location(call.a0).mount), to: call.a1)
    return 0
  }

  static func fstatfs(_ call: borrowing Call) throws(Errno) -> Int {
    let location = try call.task.files.place(int(call.a0)).location
    try UserMemory.write(UserFileSystemStatus(location.mount, location.inode.fileSystem), to: call.a1)
    return 0
  }
}
