import Basics
import Files
import Memory
import Processes
import Sockets

/// Options at the level `SOL_SOCKET` (`socket(7)`), with Linux's numbers.
private enum SocketOption {
  static var type: Int32 { 3 }
  static var error: Int32 { 4 }
  static var sendBuffer: Int32 { 7 }
  static var receiveBuffer: Int32 { 8 }
  static var passCredentials: Int32 { 16 }
  static var peerCredentials: Int32 { 17 }
  static var receiveTimeout: Int32 { 20 }
  static var sendTimeout: Int32 { 21 }
  static var acceptsConnections: Int32 { 30 }
  static var protocolNumber: Int32 { 38 }
  static var domain: Int32 { 39 }
  /// SO_DEBUG, SO_REUSEADDR, SO_DONTROUTE, SO_BROADCAST, SO_KEEPALIVE, SO_OOBINLINE, SO_PRIORITY, SO_LINGER, SO_RCVLOWAT,
  /// SO_TIMESTAMP: taken, and without effect on local sockets.
  static func isWithoutEffect(_ option: Int32) -> Bool {
    [1, 2, 5, 6, 9, 10, 12, 13, 18, 29].contains(option)
  }
}

extension SystemCalls {
  static func setsockopt(_ call: borrowing Call) throws(Errno) -> Int {
    let socket = try socketFile(call).socket
    guard int(call.a1) == 1 else { throw .ENOPROTOOPT }
    guard int(call.a4) >= 4 else { throw .EINVAL }
    let value: Int32 = try UserMemory.read(call.a3)
    switch int(call.a2) {
    case SocketOption.passCredentials: socket.passesCredentials = value != 0
    case SocketOption.sendBuffer, SocketOption.receiveBuffer, SocketOption.receiveTimeout, SocketOption.sendTimeout:
      break
    case let option where SocketOption.isWithoutEffect(option): break
    default: throw .ENOPROTOOPT
    }
    return 0
  }

  static func getsockopt(_ call: borrowing Call) throws(Errno) -> Int {
    let socket = try socketFile(call).socket
    guard int(call.a1) == 1 else { throw .EOPNOTSUPP }
    let words: [Int32]
    switch int(call.a2) {
    case SocketOption.type: words = [Int32(socket.kind.rawValue)]
    case SocketOption.error, SocketOption.protocolNumber: words = [0]
    case SocketOption.sendBuffer, SocketOption.receiveBuffer: words = [212_992]
    case SocketOption.passCredentials: words = [socket.passesCredentials ? 1 : 0]
    case SocketOption.peerCredentials:
      let peer = socket.peerCredentials
      words = [peer.process, Int32(bitPattern: peer.user), Int32(bitPattern: peer.group)]
    case SocketOption.receiveTimeout, SocketOption.sendTimeout: words = [0, 0, 0, 0]
    case SocketOption.acceptsConnections: words = [socket.isListening ? 1 : 0]
    case SocketOption.domain: words = [Int32(SocketAddress.family)]
    case 13: words = [0, 0]  // SO_LINGER
    case let option where SocketOption.isWithoutEffect(option): words = [0]
    default: throw .ENOPROTOOPT
    }
    let room: Int32 = try UserMemory.read(call.a4)
    guard room >= 0 else { throw .EINVAL }
    let count = min(Int(room), words.count * 4)
    var bytes: [UInt8] = []
    for word in words {
      for shift in [UInt32(0), 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: UInt32(bitPattern: word) >> shift)) }
    }
    if count > 0 { try UserMemory.copyOut([UInt8](bytes[0..<count]), to: call.a3) }
    try UserMemory.write(Int32(count), to: call.a4)
    return 0
  }
}
