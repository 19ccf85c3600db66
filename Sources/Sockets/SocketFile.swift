import Basics
import Files
import Memory
import Scheduling

/// An open socket.
public final class SocketFile: OpenFile, @unchecked Sendable {
  public let socket: Socket
  /// Who sends when a program just writes: the opener.
  private let owner: SocketCredentials

  public init(_ socket: Socket, _ namespace: Namespace, _ credentials: Credentials, nonBlocking: Bool) {
    self.socket = socket
    owner = socket.owner
    let inode = SocketInode(namespace.hidden.fileSystem, credentials)
    let flags: OpenFlags = nonBlocking ? [.readWrite, .nonBlocking] : .readWrite
    super.init(
      OpenRequest(flags: flags, location: namespace.hiddenLocation(inode), credentials: credentials), inode: inode,
      seekable: false)
  }

  deinit { socket.close() }

  public override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int {
    if sink.remaining == 0 { return 0 }
    let received = try socket.receive(min(sink.remaining, 65536), nonBlocking: isNonBlocking)
    return try sink.copy(from: received.bytes, at: 0, count: received.bytes.count)
  }

  public override func write(from source: inout UserSource, at offset: inout Int64) throws(Errno) -> Int {
    try socket.send(from: &source, as: owner, nonBlocking: isNonBlocking)
  }

  public override func poll(_ table: PollTable?) -> PollEvents { socket.poll(table) }
  public override func pollSource() -> PollSource? { socket }

  public override func ioctl(_ request: UInt32, _ argument: UInt64) throws(Errno) -> Int {
    switch request {
    case 0x541b: try UserMemory.write(Int32(truncatingIfNeeded: socket.readableCount), to: argument)  // FIONREAD
    default: throw .ENOTTY
    }
    return 0
  }

  public override func synchronize(dataOnly: Bool) throws(Errno) { throw .EINVAL }
}

private final class SocketInode: Inode, @unchecked Sendable {
  init(_ fileSystem: FileSystem, _ credentials: Credentials) {
    super.init(
      fileSystem: fileSystem, number: fileSystem.nextNumber(), kind: .socket, mode: 0o777,
      user: credentials.user.fileSystem, group: credentials.group.fileSystem)
  }

  override var displayName: [UInt8]? { bracketed("socket:", number) }
}
