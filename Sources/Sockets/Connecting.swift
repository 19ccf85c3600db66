import Basics
import Files
import Locking
import Memory
import Scheduling

extension Socket {
  /// `listen(2)`. `EINVAL` unless bound, `EOPNOTSUPP` for datagrams.
  public func listen(_ backlog: Int) throws(Errno) {
    guard kind.isConnected else { throw .EOPNOTSUPP }
    let done = state.withLock { state -> Bool in
      guard state.address != .unnamed, !state.isConnecting, state.phase == .fresh || state.phase == .listening
      else { return false }
      state.phase = .listening
      state.backlog = max(0, min(backlog, 4096))
      state.peerCredentials = owner
      return true
    }
    guard done else { throw .EINVAL }
    roomy.wakeAll()
  }

  /// Takes a connection (`accept(2)`). `EINVAL` when it does not listen.
  public func accept(nonBlocking: Bool) throws(Errno) -> Socket {
    guard kind.isConnected else { throw .EOPNOTSUPP }
    let connection = try readable.wait(.interruptible) { () throws(Errno) -> Socket? in
      let (connection, listens) = state.withLock { state -> (Socket?, Bool) in
        guard state.phase == .listening, !state.isReadShut else { return (nil, false) }
        return (state.pending.isEmpty ? nil : state.pending.removeFirst(), true)
      }
      guard listens else { throw .EINVAL }
      if connection == nil && nonBlocking { throw .EAGAIN }
      return connection
    }
    roomy.wakeOne()
    return connection
  }

  /// `connect(2)` to a socket that listens, or the default address of a datagram socket.
  /// - Throws: `ECONNREFUSED`, `EISCONN`, `EPROTOTYPE`, `EALREADY` while another thread connects it, `EAGAIN` when its
  ///   backlog is full and this may not wait.
  public func connect(to target: Socket, nonBlocking: Bool) throws(Errno) {
    guard kind == target.kind else { throw .EPROTOTYPE }
    guard kind.isConnected else {
      let old = state.withLock { state -> Socket? in
        defer {
          state.peer = target
          state.phase = .connected
          state.peerCredentials = target.owner
        }
        return state.peer
      }
      _ = consume old
      return
    }
    // One thread at a time: with two connections, the peer of one would never learn of this socket's close.
    try state.withLock { (state: inout SocketState) throws(Errno) in
      switch state.phase {
      case .fresh: if state.isConnecting { throw .EALREADY }
      case .connected: throw .EISCONN
      default: throw .EINVAL
      }
      state.isConnecting = true
    }
    defer { state.withLock { $0.isConnecting = false } }
    try Memory.admit(4096)
    let connection = Socket(kind, owner: target.owner, names: names)
    connection.state.withLock { $0.address = target.address }
    connection.connected(to: self)
    do throws(Errno) {
      try target.roomy.wait(.interruptible) { () throws(Errno) -> Void? in
        let (listens, queued) = target.state.withLock { state -> (Bool, Bool) in
          guard state.phase == .listening else { return (false, false) }
          guard state.pending.count <= state.backlog else { return (true, false) }
          state.pending.append(connection)
          return (true, true)
        }
        guard listens else { throw .ECONNREFUSED }
        if queued { return () }
        if nonBlocking { throw .EAGAIN }
        return nil
      }
    } catch {
      target.roomy.wakeOne()  // the room that we were woken for is there for another
      throw error
    }
    connected(to: connection)
    // It may have been accepted and closed by now, or closed with the listener, before it was our peer: then nobody told
    // us. Whoever closes it after this look finds itself our peer.
    if connection.state.withLock({ $0.phase == .closed }) { peerClosed(connection, unread: false) }
    target.readable.wakeAll()
    wakeEverybody()
  }

  /// A datagram socket forgets its default address (`AF_UNSPEC`).
  public func disconnect() throws(Errno) {
    guard !kind.isConnected else { throw .EINVAL }
    let old = state.withLock { state -> Socket? in
      defer {
        state.peer = nil
        state.phase = .fresh
      }
      return state.peer
    }
    _ = consume old
  }
}
