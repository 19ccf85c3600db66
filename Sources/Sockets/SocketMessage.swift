import Files

/// What was sent at once: bytes, and files that go with the first of them (`SCM_RIGHTS`).
public final class SocketMessage: @unchecked Sendable {
  // Guarded by the lock of the inbox that it is in.
  var bytes: [UInt8]
  /// How many of them were read; only of streams.
  var read = 0
  var files: [OpenFile]
  let sender: SocketAddress
  let credentials: SocketCredentials

  init(_ bytes: [UInt8], files: [OpenFile], sender: SocketAddress, credentials: SocketCredentials) {
    self.bytes = bytes
    self.files = files
    self.sender = sender
    self.credentials = credentials
  }
}

/// What a receiver gets.
public struct Received {
  public var bytes: [UInt8] = []
  /// The message was longer than asked for: this long.
  public var wholeLength = 0
  public var files: [OpenFile] = []
  public var sender: SocketAddress = .unnamed
  public var credentials: SocketCredentials = .nobody

  public init() {}
}
