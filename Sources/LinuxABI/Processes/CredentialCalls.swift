import Basics
import Files
import Memory
import Processes

// Who a process is (`credentials(7)`). Each call changes the calling thread alone; C libraries make all threads call.

extension SystemCalls {
  static func setuid(_ call: borrowing Call) throws(Errno) -> Int {
    let id = try identifier(call.a0)
    try changeUser(call.task) { (user: inout Credentials.Identity, isPrivileged: Bool) throws(Errno) in
      if isPrivileged {
        user = Credentials.Identity(id)
      } else {
        guard id == user.real || id == user.saved else { throw .EPERM }
        user.effective = id
      }
    }
    return 0
  }

  static func setgid(_ call: borrowing Call) throws(Errno) -> Int {
    let id = try identifier(call.a0)
    try changeGroup(call.task) { (group: inout Credentials.Identity, isPrivileged: Bool) throws(Errno) in
      if isPrivileged {
        group = Credentials.Identity(id)
      } else {
        guard id == group.real || id == group.saved else { throw .EPERM }
        group.effective = id
      }
    }
    return 0
  }

  static func setreuid(_ call: borrowing Call) throws(Errno) -> Int {
    let (real, effective) = (uint(call.a0), uint(call.a1))
    try changeUser(call.task) { (user: inout Credentials.Identity, isPrivileged: Bool) throws(Errno) in
      try user.set(real: real, effective: effective, isPrivileged)
    }
    return 0
  }

  static func setregid(_ call: borrowing Call) throws(Errno) -> Int {
    let (real, effective) = (uint(call.a0), uint(call.a1))
    try changeGroup(call.task) { (group: inout Credentials.Identity, isPrivileged: Bool) throws(Errno) in
      try group.set(real: real, effective: effective, isPrivileged)
    }
    return 0
  }

  static func setresuid(_ call: borrowing Call) throws(Errno) -> Int {
    let (real, effective, saved) = (uint(call.a0), uint(call.a1), uint(call.a2))
    try changeUser(call.task) { (user: inout Credentials.Identity, isPrivileged: Bool) throws(Errno) in
      try user.set(real: real, effective: effective, saved: saved, isPrivileged)
    }
    return 0
  }

  static func setresgid(_ call: borrowing Call) throws(Errno) -> Int {
    let (real, effective, saved) = (uint(call.a0), uint(call.a1), uint(call.a2))
    try changeGroup(call.task) { (group: inout Credentials.Identity, isPrivileged: Bool) throws(Errno) in
      try group.set(real: real, effective: effective, saved: saved, isPrivileged)
    }
    return 0
  }

  static func getresuid(_ call: borrowing Call) throws(Errno) -> Int {
    let user = call.task.credentials.user
    try UserMemory.write(user.real, to: call.a0)
    try UserMemory.write(user.effective, to: call.a1)
    try UserMemory.write(user.saved, to: call.a2)
    return 0
  }

  static func getresgid(_ call: borrowing Call) throws(Errno) -> Int {
    let group = call.task.credentials.group
    try UserMemory.write(group.real, to: call.a0)
    try UserMemory.write(group.effective, to: call.a1)
    try UserMemory.write(group.saved, to: call.a2)
    return 0
  }

  static func setfsuid(_ call: borrowing Call) throws(Errno) -> Int {
    let id = uint(call.a0)
    let old = call.task.credentials.user.fileSystem
    do throws(Errno) {
      try changeUser(call.task, setsFileSystem: true) { (user: inout Credentials.Identity, isPrivileged: Bool) throws(Errno) in
        guard id != .max, isPrivileged || user.holds(id) else { throw .EPERM }
        user.fileSystem = id
      }
    } catch {}
    return Int(old)
  }

  static func setfsgid(_ call: borrowing Call) throws(Errno) -> Int {
    let id = uint(call.a0)
    let old = call.task.credentials.group.fileSystem
    do throws(Errno) {
      try changeGroup(call.task, setsFileSystem: true) { (group: inout Credentials.Identity, isPrivileged: Bool) throws(Errno) in
        guard id != .max, isPrivileged || group.holds(id) else { throw .EPERM }
        group.fileSystem = id
      }
    } catch {}
    return Int(old)
  }

  static func getgroups(_ call: borrowing Call) throws(Errno) -> Int {
    let groups = call.task.credentials.groups
    let size = int(call.a0)
    guard size >= 0 else { throw .EINVAL }
    if size == 0 { return groups.count }
    guard groups.count <= Int(size) else { throw .EINVAL }
    if !groups.isEmpty { try UserMemory.writeArray(groups, to: call.a1) }
    return groups.count
  }

  static func setgroups(_ call: borrowing Call) throws(Errno) -> Int {
    let task = call.task
    guard task.credentials.has(.setGroupID) else { throw .EPERM }
    guard call.a0 <= 65536 else { throw .EINVAL }
    var groups: [UInt32] = []
    if call.a0 > 0 { groups = try UserMemory.readArray(call.a1, count: Int(call.a0), as: UInt32.self) }
    groups.sort()
    let old = task.credentials
    task.setCredentials(Credentials(user: old.user, group: old.group, groups: groups, capabilities: old.capabilities))
    return 0
  }

  // MARK: Helpers

  /// −1 is no identifier.
  private static func identifier(_ argument: UInt64) throws(Errno) -> UInt32 {
    guard uint(argument) != .max else { throw .EINVAL }
    return uint(argument)
  }

  /// Changes the user ids, and the capabilities as these ask for (`capabilities(7)`, "Effect of user ID changes").
  private static func changeUser(
    _ task: Task, setsFileSystem: Bool = false,
    _ change: (inout Credentials.Identity, Bool) throws(Errno) -> Void
  ) throws(Errno) {
    let old = task.credentials
    var user = old.user
    try change(&user, old.has(.setUserID))
    if !setsFileSystem { user.fileSystem = user.effective }
    var sets = old.capabilities
    if old.user.holdsRoot, !user.holdsRoot, !task.attributes.keepsCapabilities {
      sets.permitted = 0
      sets.effective = 0
      sets.ambient = 0
    }
    if old.user.effective == 0, user.effective != 0 { sets.effective = 0 }
    if old.user.effective != 0, user.effective == 0 { sets.effective = sets.permitted }
    task.setCredentials(Credentials(user: user, group: old.group, groups: old.groups, capabilities: sets))
  }

  private static func changeGroup(
    _ task: Task, setsFileSystem: Bool = false,
    _ change: (inout Credentials.Identity, Bool) throws(Errno) -> Void
  ) throws(Errno) {
    let old = task.credentials
    var group = old.group
    try change(&group, old.has(.setGroupID))
    if !setsFileSystem { group.fileSystem = group.effective }
    task.setCredentials(
      Credentials(user: old.user, group: group, groups: old.groups, capabilities: old.capabilities))
  }
}

extension Credentials.Identity {
  fileprivate func holds(_ id: UInt32) -> Bool { id == real || id == effective || id == saved || id == fileSystem }
  fileprivate var holdsRoot: Bool { real == 0 || effective == 0 || saved == 0 }

  /// `setreuid(2)`; all ones leave a value as it is.
  fileprivate mutating func set(real newReal: UInt32, effective newEffective: UInt32, _ isPrivileged: Bool) throws(Errno) {
    let old = self
    if newReal != .max {
      guard isPrivileged || newReal == old.real || newReal == old.effective else { throw .EPERM }
      real = newReal
    }
    if newEffective != .max {
      guard isPrivileged || newEffective == old.real || newEffective == old.effective || newEffective == old.saved else {
        throw .EPERM
      }
      effective = newEffective
    }
    if newReal != .max || (newEffective != .max && newEffective != old.real) { saved = effective }
  }

  /// `setresuid(2)`.
  fileprivate mutating func set(
    real newReal: UInt32, effective newEffective: UInt32, saved newSaved: UInt32, _ isPrivileged: Bool
  ) throws(Errno) {
    let old = self
    for id in [newReal, newEffective, newSaved] where id != .max {
      guard isPrivileged || id == old.real || id == old.effective || id == old.saved else { throw .EPERM }
    }
    if newReal != .max { real = newReal }
    if newEffective != .max { effective = newEffective }
    if newSaved != .max { saved = newSaved }
  }
}
