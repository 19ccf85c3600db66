import Files

/// Processes that job control treats as one (`setpgid(2)`). Everything here is guarded by the tree's lock.
final class ProcessGroup: @unchecked Sendable {
  let id: Int32
  let session: Session
  var members: [Process] = []

  init(id: Int32, session: Session) {
    self.id = id
    self.session = session
  }
}

/// Process groups with at most one controlling terminal (`setsid(2)`). Guarded by the tree's lock.
final class Session: @unchecked Sendable {
  let id: Int32
  /// How many groups belong to it.
  var groups = 0
  var terminal: ControllingTerminal? = nil

  init(id: Int32) { self.id = id }
}
