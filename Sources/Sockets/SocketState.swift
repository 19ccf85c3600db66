import Basics
import Files

/// What a socket's lock guards.
struct SocketState: ~Copyable {
  /// What was sent here and not received yet, oldest first from `first` on.
  private var inbox: [SocketMessage?] = []
  private var first = 0
  /// Bytes in the inbox.
  private(set) var held = 0

  var phase = Phase.fresh
  /// A thread is in `connect(2)` with it.
  var isConnecting = false
  var address: SocketAddress = .unnamed
  /// The other end, or where datagrams go that name no address.
  var peer: Socket? = nil
  var peerCredentials: SocketCredentials = .nobody
  /// Connections that nobody has accepted yet, and how many may wait.
  var pending: [Socket] = []
  var backlog = 0
  /// `shutdown(2)`, here or by the peer: nothing more comes in; nothing more goes out.
  var isReadShut = false
  var isWriteShut = false
  /// `SO_PASSCRED`
  var passesCredentials = false
  /// The peer closed with things unread: told once, as `ECONNRESET`.
  var wasReset = false

  enum Phase { case fresh, listening, connected, closed }

  /// What an inbox holds at most: Linux's default `SO_SNDBUF`.
  static var capacity: Int { 212_992 }
  /// Datagrams (`/proc/sys/net/unix/max_dgram_qlen`).
  static var messageLimit: Int { 11 }
  /// Messages of a connection, however short: about as many as Linux's bookkeeping leaves room for.
  static var pieceLimit: Int { 256 }

  var count: Int { inbox.count - first }
  var room: Int { max(0, SocketState.capacity - held) }

  /// Adds a message; small pieces of a stream join.
  mutating func put(_ message: SocketMessage, joins: Bool) {
    held += message.bytes.count
    if joins, message.files.isEmpty, first < inbox.count, let last = inbox[inbox.count - 1], last.files.isEmpty,
      last.credentials == message.credentials, last.bytes.count + message.bytes.count <= 4096
    {
      last.bytes.append(contentsOf: message.bytes)
      return
    }
    inbox.append(message)
  }

  /// Takes up to `maximum` bytes: of as many messages as it takes for a stream (but files stay with their message),
  /// else the first message, whose rest is lost. `peek` leaves everything there.
  mutating func take(_ maximum: Int, keepsMessages: Bool, peek: Bool) -> Received? {
    guard first < inbox.count else { return nil }
    var received = Received()
    var index = first
    while index < inbox.count, let message = inbox[index] {
      if index > first || received.bytes.count > 0 {
        guard !keepsMessages, received.bytes.count < maximum, message.files.isEmpty, received.files.isEmpty,
          message.credentials == received.credentials
        else { break }
      }
      let available = message.bytes.count - message.read
      let count = min(available, maximum - received.bytes.count)
      received.bytes.append(contentsOf: message.bytes[message.read..<(message.read + count)])
      received.wholeLength += available
      received.sender = message.sender
      received.credentials = message.credentials
      received.files.append(contentsOf: message.files)
      let isUsedUp = keepsMessages || count == available
      if !peek {
        message.files = []
        held -= isUsedUp ? available : count
        message.read += count
        if isUsedUp {
          inbox[index] = nil
          first = index + 1
        }
      }
      if !isUsedUp { break }
      index += 1
      if keepsMessages { break }
    }
    tidy()
    return received
  }

  /// Drops the places of messages that are gone.
  private mutating func tidy() {
    if first == inbox.count {
      inbox.removeAll(keepingCapacity: inbox.count <= 16)
      first = 0
    } else if first > 64 {
      inbox.removeFirst(first)
      first = 0
    }
  }

  /// Empties the inbox; the messages are to be let go outside the lock.
  mutating func takeAll() -> [SocketMessage?] {
    defer {
      inbox = []
      first = 0
      held = 0
    }
    return inbox
  }

  /// What `FIONREAD` tells: all bytes of a stream, or the first message's.
  func readableCount(keepsMessages: Bool) -> Int {
    guard first < inbox.count, let message = inbox[first] else { return 0 }
    return keepsMessages ? message.bytes.count : held
  }
}
