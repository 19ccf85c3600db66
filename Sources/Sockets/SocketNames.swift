import Basics
import Files
import Locking

/// Which socket an address stands for: abstract names here, paths by what hangs on the inode.
public final class SocketNames: @unchecked Sendable {
  private let table = SpinLock<Table>(.socket, Table())

  private struct Table: ~Copyable {
    var entries: [Entry] = []
    var nextAutomatic: UInt32 = 0
  }

  private struct Entry {
    let name: [UInt8]
    let socket: Socket
  }

  public init() {}

  /// Gives a fresh socket its address (`bind(2)`). For a path this makes the node.
  /// - Throws: `EINVAL` when it has one, `EADDRINUSE`, and what making a node throws.
  public func bind(_ socket: Socket, _ address: SocketAddress, _ caller: Caller) throws(Errno) {
    guard socket.address == .unnamed else { throw .EINVAL }
    var address = address
    switch address {
    case .path(let path):
      do throws(Errno) {
        let node = try caller.makeNode(path, .socket, mode: 0o777)
        _ = try node.inode.attachment.obtain { () throws(Errno) -> AnyObject in BoundSocket(socket) }
        socket.bound = node.inode
      } catch {
        throw error == .EEXIST ? .EADDRINUSE : error
      }
    case .abstract(let name): try add(name, socket)
    case .unnamed: address = .abstract(try addAutomatic(socket))
    }
    socket.state.withLock { $0.address = address }
  }

  private func add(_ name: [UInt8], _ socket: Socket) throws(Errno) {
    let added = table.withLock { table -> Bool in
      for entry in table.entries where entry.name == name { return false }
      table.entries.append(Entry(name: name, socket: socket))
      return true
    }
    guard added else { throw .EADDRINUSE }
  }

  /// A name of five hexadecimal digits that nobody has ("autobind").
  private func addAutomatic(_ socket: Socket) throws(Errno) -> [UInt8] {
    for _ in 0..<0x10000 {
      let number = table.withLock { table -> UInt32 in
        table.nextAutomatic &+= 1
        return table.nextAutomatic & 0xfffff
      }
      var name: [UInt8] = []
      for shift in [UInt32(16), 12, 8, 4, 0] {
        let digit = UInt8(number >> shift & 15)
        name.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
      }
      do throws(Errno) {
        try add(name, socket)
        return name
      } catch {}
    }
    throw .ENOSPC
  }

  /// The socket at an address. `ECONNREFUSED` when there is none, `EACCES`, and what a path lookup throws.
  public func find(_ address: SocketAddress, _ caller: Caller) throws(Errno) -> Socket {
    switch address {
    case .unnamed: throw .EINVAL
    case .abstract(let name):
      let found = table.withLock { table -> Socket? in
        for entry in table.entries where entry.name == name { return entry.socket }
        return nil
      }
      guard let found else { throw .ECONNREFUSED }
      return found
    case .path(let path):
      let inode = try caller.find(path).inode
      try inode.permit(.write, caller.credentials)
      guard inode.kind == .socket, let bound = inode.attachment.current as? BoundSocket else { throw .ECONNREFUSED }
      return bound.socket
    }
  }

  /// The socket is closed: its address stands for nothing any more. A path's node stays.
  func forget(_ socket: Socket, _ address: SocketAddress) {
    if let inode = socket.bound, let attached = inode.attachment.current {
      inode.attachment.remove(attached)
      socket.bound = nil
    }
    guard case .abstract = address else { return }
    let removed = table.withLock { table -> Entry? in
      guard let index = table.entries.firstIndex(where: { $0.socket === socket }) else { return nil }
      return table.entries.remove(at: index)
    }
    _ = consume removed
  }
}

/// What hangs on a socket's inode.
final class BoundSocket {
  let socket: Socket
  init(_ socket: Socket) { self.socket = socket }
}
