/// The type of a socket (`socket(2)`), with Linux's numbers.
public enum SocketKind: UInt32, Sendable {
  /// Bytes in order, between two that are connected.
  case stream = 1
  /// Messages, each to an address.
  case datagram = 2
  /// Messages in order, between two that are connected.
  case sequenced = 5

  var isConnected: Bool { self != .datagram }
  var keepsMessages: Bool { self != .stream }
}

/// The address of a local socket (`unix(7)`).
public enum SocketAddress: Equatable, Sendable {
  /// It was never bound.
  case unnamed
  /// A path of the file system.
  case path([UInt8])
  /// A name that no file stands for; it begins with a zero byte in C's structure.
  case abstract([UInt8])

  /// `AF_UNIX`
  public static var family: UInt16 { 1 }
  /// Bytes of `sun_path`.
  public static var pathCapacity: Int { 108 }

  /// From the bytes of `struct sockaddr_un` after its family.
  public init(_ bytes: [UInt8]) {
    if bytes.isEmpty {
      self = .unnamed
    } else if bytes[0] == 0 {
      self = .abstract([UInt8](bytes[1...]))
    } else {
      let end = bytes.firstIndex(of: 0) ?? bytes.count
      self = .path([UInt8](bytes[0..<end]))
    }
  }

  /// `struct sockaddr_un`, as long as it is used.
  public var encoded: [UInt8] {
    let family: [UInt8] = [UInt8(SocketAddress.family), 0]
    switch self {
    case .unnamed: return family
    case .path(let path): return family + path + [0]
    case .abstract(let name): return family + [0] + name
    }
  }
}

/// Who sent something, or made a socket: `struct ucred`.
public struct SocketCredentials: Equatable, Sendable, BitwiseCopyable {
  public var process: Int32
  public var user: UInt32
  public var group: UInt32

  public init(process: Int32, user: UInt32, group: UInt32) {
    self.process = process
    self.user = user
    self.group = group
  }

  /// What `SO_PEERCRED` tells of one that has no peer.
  public static var nobody: SocketCredentials { SocketCredentials(process: 0, user: .max, group: .max) }
}
