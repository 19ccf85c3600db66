import Files
import Processes

/// Who a program runs as: set-user-ID and set-group-ID files change that (`execve(2)`, `capabilities(7)`).
struct ProgramCredentials {
  let credentials: Credentials
  /// The file gave something that the caller had not (`AT_SECURE`).
  let isPrivileged: Bool

  init(_ old: Credentials, _ location: Location, _ attributes: TaskAttributes) {
    var user = old.user
    var group = old.group
    let mode = location.inode.attributes.mode
    if !attributes.hasNoNewPrivileges, !location.mount.flags.contains(.noSetID) {
      if mode & 0o4000 != 0 { user.effective = location.inode.attributes.user }
      if mode & 0o2010 == 0o2010 { group.effective = location.inode.attributes.group }
    }
    let changed = user.effective != old.user.effective || group.effective != old.group.effective
    user.saved = user.effective
    user.fileSystem = user.effective
    group.saved = group.effective
    group.fileSystem = group.effective
    var capabilities = old.capabilities
    if user.effective == 0 || user.real == 0 {
      capabilities.permitted = capabilities.inheritable | capabilities.bounding
      capabilities.effective = user.effective == 0 ? capabilities.permitted : capabilities.ambient
    } else {
      capabilities.permitted = changed ? 0 : capabilities.ambient
      capabilities.effective = capabilities.permitted
    }
    isPrivileged = changed || user.real != user.effective || group.real != group.effective
    if user == old.user, group == old.group, capabilities == old.capabilities {
      credentials = old
    } else {
      credentials = Credentials(user: user, group: group, groups: old.groups, capabilities: capabilities)
    }
  }
}
