import Basics
import CExplorer
@testable import Files
@testable import Locking
import Machine
@testable import Memory
@testable import Scheduling
@testable import Sockets
import Synchronization

/// Local stream sockets: connections that are made and end at once.
enum SocketScenarios {
  private static let me = SocketCredentials(process: 1, user: 0, group: 0)

  private final class Party {
    let names = SocketNames()
    let namespace = Streams.namespace()
    let memory = SmallMemory(cpus: 2)
    func make() -> Socket { Socket(.stream, owner: me, names: names) }
    /// A socket that listens.
    func listener(backlog: Int) -> Socket {
      let socket = make()
      let caller = Caller(context: FSContext(namespace: namespace), credentials: .root())
      do throws(Errno) {
        try names.bind(socket, .abstract([1]), caller)
        try socket.listen(backlog)
      } catch { violate("\(error)") }
      return socket
    }
  }

  /// What `receive` gives: the bytes (none at the end), or the error.
  private static func receive(_ socket: Socket) -> Result<[UInt8], Errno> {
    do throws(Errno) { return .success(try socket.receive(16, nonBlocking: false).bytes) } catch { return .failure(error) }
  }
  private static func send(_ socket: Socket, _ bytes: [UInt8]) -> Errno? {
    do throws(Errno) {
      var source = UserSource(bytes: bytes)
      _ = try socket.send(from: &source, as: me, nonBlocking: false)
    } catch { return error }
    return nil
  }
  private static func connect(_ socket: Socket, _ target: Socket) -> Errno? {
    do throws(Errno) { try socket.connect(to: target, nonBlocking: false) } catch { return error }
    return nil
  }
  private static func accept(_ socket: Socket) -> Result<Socket, Errno> {
    do throws(Errno) { return .success(try socket.accept(nonBlocking: false)) } catch { return .failure(error) }
  }

  /// One end sends and closes, the other receives to the end.
  static func stream() -> Execution {
    let cluster = Cluster()
    let party = Party()
    let (a, b) = (party.make(), party.make())
    Socket.pair(a, b)
    cluster.add(on: 0) {
      expect(send(a, [1, 2]) == nil, "the bytes were not sent")
      a.close()
    }
    cluster.add(on: 1) {
      guard case .success([1, 2]) = receive(b) else { return violate("the bytes did not come") }
      guard case .success([]) = receive(b) else { return violate("there is no end") }
      expect(send(b, [3]) == .EPIPE, "sent to nobody")
    }
    return cluster.execution(keeping: party)
  }

  /// A connection that is accepted and closed at once: who connected comes to the end.
  static func accepted() -> Execution {
    let cluster = Cluster()
    let party = Party()
    let (listener, client) = (party.listener(backlog: 0), party.make())
    cluster.add(on: 0) {
      if let error = connect(client, listener) { return violate("connect: \(error)") }
      guard case .success([]) = receive(client) else { return violate("there is no end") }
    }
    cluster.add(on: 1) {
      guard case .success(let server) = accept(listener) else { return violate("accept failed") }
      server.close()
    }
    return cluster.execution(keeping: party)
  }

  /// The listener closes while somebody connects: refused, or the end.
  static func refused() -> Execution {
    let cluster = Cluster()
    let party = Party()
    let (listener, client) = (party.listener(backlog: 0), party.make())
    cluster.add(on: 0) {
      if let error = connect(client, listener) { return expect(error == .ECONNREFUSED, "connect: \(error)") }
      switch receive(client) {
      case .success(let bytes): expect(bytes.isEmpty, "bytes that nobody sent")
      case .failure(let error): expect(error == .ECONNRESET, "receive: \(error)")
      }
    }
    cluster.add(on: 1) { listener.close() }
    return cluster.execution(keeping: party)
  }

  /// Two connect, the backlog has room for one; both are accepted.
  static func backlog() -> Execution {
    let cluster = Cluster()
    let party = Party()
    let listener = party.listener(backlog: 0)
    for cpu in 0..<2 {
      let client = party.make()
      cluster.add(on: cpu) {
        if let error = connect(client, listener) { return violate("connect: \(error)") }
      }
    }
    cluster.add(on: 1) {
      for _ in 0..<2 {
        guard case .success = accept(listener) else { return violate("accept failed") }
      }
    }
    return cluster.execution(keeping: party)
  }

  /// Two wait for room in the backlog; a connection is accepted while a signal comes for the first: the room is for the other.
  static func interrupted() -> Execution {
    let cluster = Cluster()
    let party = Party()
    let (listener, early) = (party.listener(backlog: 0), party.make())
    if let error = connect(early, listener) { violate("connect: \(error)") }
    let clients = [party.make(), party.make()]
    let first = cluster.add(on: 0) {
      let error = connect(clients[0], listener)
      expect(error == nil || error == .ERESTARTSYS, "connect: \(error as Any)")
    }
    cluster.add(on: 1) {
      if let error = connect(clients[1], listener) { return violate("connect: \(error)") }
    }
    cluster.add(on: 1) {
      guard case .success = accept(listener) else { return violate("accept failed") }
      first.interrupt()
      guard case .success = accept(listener) else { return violate("accept failed") }
    }
    return cluster.execution(keeping: party, early)
  }

  /// Two threads connect one socket: one connection is made, and its other end learns of the close.
  static func twice() -> Execution {
    let cluster = Cluster()
    let party = Party()
    let (listener, client) = (party.listener(backlog: 4), party.make())
    let made = Threads.Owner(Atomic(0))
    let ends = PresenceScenarios.Ends(2)
    for cpu in 0..<2 {
      cluster.add(on: cpu) {
        let error = connect(client, listener)
        if error == nil { made.word.wrappingAdd(1, ordering: .relaxed) }
        ends.add()
      }
    }
    return cluster.execution {
      _ = party
      let waiting = listener.state.lookAlone { $0.pending.count }
      let connections = made.word.load(ordering: .relaxed)
      return connections == 1 && waiting == 1 ? nil : "\(connections) connections were made, \(waiting) wait to be accepted"
    }
  }

  /// Both ends close at once while one of them waits to receive.
  static func closing() -> Execution {
    let cluster = Cluster()
    let party = Party()
    let (a, b) = (party.make(), party.make())
    Socket.pair(a, b)
    cluster.add(on: 0) {
      switch receive(b) {
      case .success(let bytes): expect(bytes.isEmpty, "bytes that nobody sent")
      case .failure(let error): expect(error == .ECONNRESET, "receive: \(error)")
      }
    }
    cluster.add(on: 1) { a.close() }
    return cluster.execution(keeping: party)
  }

  static let all: [Scenario] = [
    Scenario(name: "socket/stream", property: "no byte is lost; the end comes after the last, and sending to nobody is EPIPE", bound: 2, stale: 0) {
      stream()
    },
    Scenario(name: "socket/close", property: "who waits to receive comes to the end when the peer closes", bound: 3, stale: 0) { closing() },
    Scenario(name: "socket/accept", property: "a connection that is accepted and closed at once ends for who connected", bound: 2, stale: 0) {
      accepted()
    },
    Scenario(name: "socket/refused", property: "who connects while the listener closes is refused, or comes to the end", bound: 2, stale: 0) {
      refused()
    },
    Scenario(name: "socket/backlog", property: "room in the backlog wakes who waits to connect", bound: 2, stale: 0) { backlog() },
    Scenario(name: "socket/interrupt", property: "room in the backlog that a signal keeps one from taking goes to the next", bound: 2, stale: 0) {
      interrupted()
    },
    Scenario(name: "socket/twice", property: "of two threads that connect one socket, one does", bound: 2, stale: 0) { twice() },
  ]
}
