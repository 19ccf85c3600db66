import Basics
import Files
import Locking
import Memory
import Scheduling

extension Socket {
  /// Sends from `source`: all of it, waiting for room; a message as a whole.
  /// - Parameter target: where a datagram goes; nil: to the peer.
  /// - Throws: `EPIPE`, `ENOTCONN`, `EISCONN`, `ECONNREFUSED`, `EMSGSIZE`, `EAGAIN`, `ERESTARTSYS`, `EFAULT`.
  public func send(
    from source: inout UserSource, to target: Socket? = nil, files: [OpenFile] = [], as sender: SocketCredentials,
    nonBlocking: Bool
  ) throws(Errno) -> Int {
    if kind.keepsMessages {
      let length = source.remaining
      guard length <= SocketState.capacity - 32 else { throw .EMSGSIZE }
      try Memory.admit(length)
      let message = SocketMessage(
        try source.takeArray(length), files: files, sender: address, credentials: sender)
      try deliver(message, to: target, nonBlocking: nonBlocking)
      return length
    }
    if target != nil { throw state.withLock { $0.phase == .connected } ? .EISCONN : .EOPNOTSUPP }
    var total = 0
    repeat {
      do throws(Errno) {
        let length = min(source.remaining, 16384)
        try Memory.admit(length)
        let message = SocketMessage(
          try source.takeArray(length), files: total == 0 ? files : [], sender: address, credentials: sender)
        try deliver(message, to: nil, nonBlocking: nonBlocking)
        total += length
      } catch {
        if total > 0 { return total }
        throw error
      }
    } while source.remaining > 0
    return total
  }

  private func deliver(_ message: SocketMessage, to target: Socket?, nonBlocking: Bool) throws(Errno) {
    if message.bytes.isEmpty && kind == .stream && message.files.isEmpty {
      // Nothing to carry; but the ends are checked.
      _ = try receiver(nil)
      return
    }
    let queue = kind == .datagram ? (try receiver(target)).roomy : writable
    let receiver = try queue.wait(.interruptible) { () throws(Errno) -> Socket? in
      let receiver = try self.receiver(target)
      let (accepted, alive) = receiver.state.withLock { state -> (Bool, Bool) in
        guard state.phase != .closed, !state.isReadShut else { return (false, false) }
        guard state.hasSpace(for: message.bytes.count, self.kind) else { return (false, true) }
        state.put(message, joins: self.kind == .stream)
        return (true, true)
      }
      guard alive else { throw self.kind == .datagram ? .ECONNREFUSED : .EPIPE }
      if accepted { return receiver }
      if nonBlocking { throw .EAGAIN }
      return nil
    }
    receiver.readable.wakeAll()
  }

  /// Whose inbox it is that what is sent goes to.
  private func receiver(_ target: Socket?) throws(Errno) -> Socket {
    let (peer, phase, isWriteShut) = state.withLock { ($0.peer, $0.phase, $0.isWriteShut) }
    if isWriteShut { throw .EPIPE }
    if let target { return target }
    if let peer { return peer }
    guard phase == .connected else { throw .ENOTCONN }
    throw kind == .datagram ? .ECONNREFUSED : .EPIPE
  }

  /// Receives up to `maximum` bytes, waiting for the first. Nothing at the end.
  /// - Throws: `EAGAIN`, `ENOMEM`, `ENOTCONN`, `ECONNRESET`, `EINVAL` for one that listens, `ERESTARTSYS`.
  public func receive(_ maximum: Int, peek: Bool = false, nonBlocking: Bool) throws(Errno) -> Received {
    let kind = kind
    try Memory.admit(2 * min(maximum, SocketState.capacity))
    let received = try readable.wait(.interruptible) { () throws(Errno) -> Received? in
      let (received, error, isOver) = state.withLock { state -> (Received?, Errno?, Bool) in
        if let received = state.take(maximum, keepsMessages: kind.keepsMessages, peek: peek) {
          return (received, nil, false)
        }
        if state.wasReset {
          state.wasReset = false
          return (nil, .ECONNRESET, false)
        }
        if state.isReadShut { return (nil, nil, true) }
        if kind.isConnected, state.phase != .connected {
          return (nil, kind == .stream ? .EINVAL : .ENOTCONN, false)
        }
        return (nil, nil, false)
      }
      if let received { return received }
      if let error { throw error }
      if isOver { return Received() }
      if nonBlocking { throw .EAGAIN }
      return nil
    }
    if !peek {
      roomy.wakeAll()
      peer?.writable.wakeAll()
    }
    return received
  }
}

extension SocketState {
  /// Whether a message fits. A stream's piece may overfill by its length, so that it need not be cut.
  func hasSpace(for bytes: Int, _ kind: SocketKind) -> Bool {
    switch kind {
    case .stream: room > 0 && count < SocketState.pieceLimit
    case .datagram: count < SocketState.messageLimit && (count == 0 || room >= bytes)
    case .sequenced: count == 0 || (room >= bytes && count < SocketState.pieceLimit)
    }
  }
}
