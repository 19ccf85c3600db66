import Basics
import Files
import Memory
import Processes
import Sockets

/// Flags that `socket(2)` and `accept4(2)` take beside the type: the values of `O_NONBLOCK` and `O_CLOEXEC`.
private func split(_ word: UInt32) -> (rest: UInt32, flags: OpenFlags) {
  let flags = OpenFlags(rawValue: word).intersection([.nonBlocking, .closeOnExec])
  return (word & ~flags.rawValue, flags)
}

extension SystemCalls {
  static func socket(_ call: borrowing Call) throws(Errno) -> Int {
    let (kind, flags) = try socketKind(call)
    return try install(call, newSocket(call, kind), flags)
  }

  static func socketpair(_ call: borrowing Call) throws(Errno) -> Int {
    let (kind, flags) = try socketKind(call)
    let task = call.task
    let (a, b) = (newSocket(call, kind), newSocket(call, kind))
    Socket.pair(a, b)
    let (one, two) = try task.files.add(
      file(call, a, flags), file(call, b, flags), closeOnExec: flags.contains(.closeOnExec),
      limit: call.descriptorLimit)
    do throws(Errno) {
      try UserMemory.writeArray([one, two], to: call.a3)
    } catch {
      try? task.files.close(one)
      try? task.files.close(two)
      throw error
    }
    return 0
  }

  /// Only local sockets exist: `EAFNOSUPPORT` for every other family.
  private static func socketKind(_ call: borrowing Call) throws(Errno) -> (SocketKind, OpenFlags) {
    guard uint(call.a0) == UInt32(SocketAddress.family) else { throw .EAFNOSUPPORT }
    let (type, flags) = split(uint(call.a1))
    guard int(call.a2) == 0 || int(call.a2) == 1 else { throw .EPROTONOSUPPORT }
    if type == 3 { return (.datagram, flags) }  // SOCK_RAW
    guard let kind = SocketKind(rawValue: type) else { throw .ESOCKTNOSUPPORT }
    try Memory.admit(8192)
    return (kind, flags)
  }

  /// The caller, as a socket's peer sees it.
  static func socketCredentials(_ task: Task) -> SocketCredentials {
    SocketCredentials(
      process: task.process.id, user: task.credentials.user.effective, group: task.credentials.group.effective)
  }

  private static func newSocket(_ call: borrowing Call, _ kind: SocketKind) -> Socket {
    Socket(kind, owner: socketCredentials(call.task), names: call.task.system.socketNames)
  }

  private static func file(_ call: borrowing Call, _ socket: Socket, _ flags: OpenFlags) -> SocketFile {
    SocketFile(socket, call.task.fs.namespace, call.task.credentials, nonBlocking: flags.contains(.nonBlocking))
  }

  private static func install(_ call: borrowing Call, _ socket: Socket, _ flags: OpenFlags) throws(Errno) -> Int {
    Int(
      try call.task.files.add(
        file(call, socket, flags), closeOnExec: flags.contains(.closeOnExec), limit: call.descriptorLimit))
  }

  /// The socket of a descriptor; ENOTSOCK.
  static func socketFile(_ call: borrowing Call) throws(Errno) -> SocketFile {
    guard let file = try call.file(call.a0) as? SocketFile else { throw .ENOTSOCK }
    return file
  }

  // MARK: Addresses

  /// A `struct sockaddr_un` of `length` bytes; EINVAL for another family or length.
  static func socketAddress(_ address: UInt64, _ length: UInt32) throws(Errno) -> SocketAddress {
    guard length >= 2, Int(length) <= 2 + SocketAddress.pathCapacity else { throw .EINVAL }
    let bytes = try UserMemory.copyIn(address, count: Int(length))
    guard UInt16(bytes[0]) | UInt16(bytes[1]) << 8 == SocketAddress.family else { throw .EINVAL }
    return SocketAddress([UInt8](bytes[2...]))
  }

  /// Stores an address where there is room, and its whole length (`getsockname(2)`).
  static func store(_ value: SocketAddress, _ address: UInt64, _ lengthAddress: UInt64) throws(Errno) {
    let room: Int32 = try UserMemory.read(lengthAddress)
    guard room >= 0 else { throw .EINVAL }
    let bytes = value.encoded
    let count = min(Int(room), bytes.count)
    if count > 0 { try UserMemory.copyOut([UInt8](bytes[0..<count]), to: address) }
    try UserMemory.write(Int32(bytes.count), to: lengthAddress)
  }

  static func bind(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try socketFile(call)
    let address = try socketAddress(call.a1, uint(call.a2))
    try call.task.system.socketNames.bind(file.socket, address, call.caller)
    return 0
  }

  static func listen(_ call: borrowing Call) throws(Errno) -> Int {
    try socketFile(call).socket.listen(Int(int(call.a1)))
    return 0
  }

  static func connect(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try socketFile(call)
    // AF_UNSPEC undoes a datagram socket's connection.
    if uint(call.a2) >= 2, try UserMemory.read(call.a1, as: UInt16.self) == 0 {
      try file.socket.disconnect()
      return 0
    }
    let address = try socketAddress(call.a1, uint(call.a2))
    let target = try call.task.system.socketNames.find(address, call.caller)
    try file.socket.connect(to: target, nonBlocking: file.isNonBlocking)
    return 0
  }

  static func accept(_ call: borrowing Call) throws(Errno) -> Int { try accept(call, []) }

  static func accept4(_ call: borrowing Call) throws(Errno) -> Int {
    let (rest, flags) = split(uint(call.a3))
    guard rest == 0 else { throw .EINVAL }
    return try accept(call, flags)
  }

  private static func accept(_ call: borrowing Call, _ flags: OpenFlags) throws(Errno) -> Int {
    let listener = try socketFile(call)
    try Memory.admit(8192)
    let socket = try listener.socket.accept(nonBlocking: listener.isNonBlocking)
    if call.a1 != 0 { try store(socket.peer?.address ?? .unnamed, call.a1, call.a2) }
    return try install(call, socket, flags)
  }

  static func getsockname(_ call: borrowing Call) throws(Errno) -> Int {
    try store(try socketFile(call).socket.address, call.a1, call.a2)
    return 0
  }

  static func getpeername(_ call: borrowing Call) throws(Errno) -> Int {
    guard let peer = try socketFile(call).socket.peer else { throw .ENOTCONN }
    try store(peer.address, call.a1, call.a2)
    return 0
  }

  static func shutdown(_ call: borrowing Call) throws(Errno) -> Int {
    let how = int(call.a1)
    guard how >= 0, how <= 2 else { throw .EINVAL }
    try socketFile(call).socket.shut(reads: how != 1, writes: how != 0)
    return 0
  }
}
