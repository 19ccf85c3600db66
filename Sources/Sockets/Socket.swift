import Basics
import Files
import Locking
import Scheduling

/// A local socket (`unix(7)`). Each has an inbox; sending puts into the peer's. One lock each, and never two at once.
public final class Socket: PollSource, @unchecked Sendable {
  public let kind: SocketKind
  /// Who made it.
  public let owner: SocketCredentials
  let names: SocketNames
  let state = SpinLock<SocketState>(.socket, SocketState())
  /// The node of its path; written by bind(2) and by the last close.
  var bound: Inode? = nil
  /// Who waits for something to receive or accept, or for the end.
  let readable = WaitQueue()
  /// Who waits to send: woken when the peer has received.
  let writable = WaitQueue()
  /// Who waits for room in this inbox, or in the backlog: senders that are not the peer.
  let roomy = WaitQueue()

  public init(_ kind: SocketKind, owner: SocketCredentials, names: SocketNames) {
    self.kind = kind
    self.owner = owner
    self.names = names
    super.init()
  }

  /// Connects two fresh sockets (`socketpair(2)`).
  public static func pair(_ a: Socket, _ b: Socket) {
    a.connected(to: b)
    b.connected(to: a)
  }

  func connected(to peer: Socket) {
    state.withLock { state in
      state.peer = peer
      state.peerCredentials = peer.owner
      state.phase = .connected
    }
  }

  public var address: SocketAddress { state.withLock { $0.address } }
  public var peer: Socket? { state.withLock { $0.peer } }
  public var peerCredentials: SocketCredentials { state.withLock { $0.peerCredentials } }
  public var isListening: Bool { state.withLock { $0.phase == .listening } }
  public var passesCredentials: Bool {
    get { state.withLock { $0.passesCredentials } }
    set { state.withLock { $0.passesCredentials = newValue } }
  }
  public var readableCount: Int { state.withLock { $0.readableCount(keepsMessages: kind.keepsMessages) } }

  func wakeEverybody() {
    readable.wakeAll()
    writable.wakeAll()
    roomy.wakeAll()
  }

  // MARK: Ending

  /// `shutdown(2)`.
  public func shut(reads: Bool, writes: Bool) throws(Errno) {
    let (peer, isConnected) = state.withLock { (state) -> (Socket?, Bool) in
      guard state.phase == .connected || !kind.isConnected else { return (nil, false) }
      if reads { state.isReadShut = true }
      if writes { state.isWriteShut = true }
      return (state.peer, true)
    }
    guard isConnected else { throw .ENOTCONN }
    wakeEverybody()
    guard kind.isConnected, let peer else { return }
    peer.state.withLock { state in
      if reads { state.isWriteShut = true }
      if writes { state.isReadShut = true }
    }
    peer.wakeEverybody()
  }

  /// The last descriptor is closed.
  func close() {
    let (peer, pending, left, address) = state.withLock { state in
      defer {
        state.phase = .closed
        state.peer = nil
        state.pending = []
        state.isReadShut = true
        state.isWriteShut = true
      }
      return (state.peer, state.pending, state.takeAll(), state.address)
    }
    names.forget(self, address)
    wakeEverybody()
    if let peer, kind.isConnected { peer.peerClosed(self, unread: left.contains { $0 != nil }) }
    for connection in pending { connection.close() }
  }

  /// The other end is gone. With things unread, or never accepted, that is a reset.
  func peerClosed(_ peer: Socket, unread: Bool) {
    let old = state.withLock { state -> Socket? in
      guard state.peer === peer else { return nil }
      state.isReadShut = true
      state.isWriteShut = true
      if unread { state.wasReset = true }
      defer { state.peer = nil }
      return state.peer
    }
    wakeEverybody()
    _ = consume old
  }

  // MARK: Readiness

  public override func poll(_ table: PollTable?) -> PollEvents {
    table?.register(readable)
    table?.register(writable)
    let (own, peer) = state.withLock { state -> (PollEvents, Socket?) in
      var events: PollEvents = []
      if state.phase == .listening {
        return (state.pending.isEmpty ? [] : .readable, nil)
      }
      if state.count > 0 || state.isReadShut { events.formUnion(.readable) }
      if state.isReadShut { events.insert(.readHangUp) }
      if state.isReadShut && state.isWriteShut { events.insert(.hangUp) }
      if kind.isConnected && state.phase == .fresh { events.formUnion([.hangUp, .writable]) }
      if state.wasReset { events.insert(.error) }
      if state.isWriteShut || !kind.isConnected && state.peer == nil { events.formUnion(.writable) }
      return (events, state.isWriteShut ? nil : state.peer)
    }
    guard let peer else { return own }
    let hasRoom = peer.state.withLock { $0.hasRoom(kind) }
    return hasRoom ? own.union(.writable) : own
  }
}

extension SocketState {
  /// Whether something may be sent here now.
  func hasRoom(_ kind: SocketKind) -> Bool {
    kind == .datagram ? count < SocketState.messageLimit && room > 0 : room > SocketState.capacity / 4
  }
}
