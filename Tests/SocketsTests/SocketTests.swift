import Basics
import Files
import Memory
import Testing

@testable import Sockets

@Suite(.serialized) struct SocketTests {
  let names = SocketNames()
  let me = SocketCredentials(process: 7, user: 0, group: 0)
  let namespace: Namespace = {
    let system = FileSystem(type: FileSystemType(name: "test"), device: .none)
    let root = Inode(fileSystem: system, number: 1, kind: .directory, mode: 0o755, user: 0, group: 0)
    return Namespace(root: root, source: [], types: [])
  }()

  func make(_ kind: SocketKind) -> Socket { Socket(kind, owner: me, names: names) }
  func file(_ socket: Socket) -> SocketFile { SocketFile(socket, namespace, .root(), nonBlocking: true) }

  func pair(_ kind: SocketKind) -> (SocketFile, SocketFile) {
    let (a, b) = (make(kind), make(kind))
    Socket.pair(a, b)
    return (file(a), file(b))
  }

  func send(_ file: SocketFile, _ text: String, to target: Socket? = nil, files: [OpenFile] = []) throws(Errno) -> Int {
    var source = UserSource(bytes: Array(text.utf8))
    return try file.socket.send(from: &source, to: target, files: files, as: me, nonBlocking: true)
  }

  func receive(_ file: SocketFile, _ maximum: Int = 4096, peek: Bool = false) throws(Errno) -> Received {
    try file.socket.receive(maximum, peek: peek, nonBlocking: true)
  }

  func text(_ received: Received) -> String { String(decoding: received.bytes, as: UTF8.self) }

  func failure(_ body: () throws(Errno) -> Void) -> Errno? {
    do throws(Errno) { try body() } catch { return error }
    return nil
  }

  @Test func streamsKeepNoBoundaries() throws {
    let (a, b) = pair(.stream)
    _ = try send(a, "one")
    _ = try send(a, "two")
    #expect(text(try receive(b, 4, peek: true)) == "onet")
    #expect(text(try receive(b, 4)) == "onet")
    #expect(text(try receive(b)) == "wo")
    #expect(failure { () throws(Errno) in _ = try receive(b) } == .EAGAIN)
  }

  @Test func messagesKeepBoundaries() throws {
    for kind in [SocketKind.datagram, .sequenced] {
      let (a, b) = pair(kind)
      _ = try send(a, "one")
      _ = try send(a, "second")
      #expect(text(try receive(b)) == "one")
      let cut = try receive(b, 3)
      #expect(text(cut) == "sec")
      #expect(cut.wholeLength == 6)
      #expect(failure { () throws(Errno) in _ = try receive(b) } == .EAGAIN)
    }
  }

  @Test func endAndBrokenPipe() throws {
    var ends: (SocketFile, SocketFile)? = pair(.stream)
    let b = ends!.1
    _ = try send(ends!.0, "last")
    ends = nil
    #expect(b.poll(nil).isSuperset(of: [.input, .hangUp, .readHangUp]))
    #expect(text(try receive(b)) == "last")
    #expect(try receive(b).bytes == [])
    #expect(failure { () throws(Errno) in _ = try send(b, "x") } == .EPIPE)
  }

  @Test func unreadBytesMakeAReset() throws {
    var ends: (SocketFile, SocketFile)? = pair(.stream)
    let b = ends!.1
    _ = try send(b, "never read")
    ends = nil
    #expect(failure { () throws(Errno) in _ = try receive(b) } == .ECONNRESET)
    #expect(try receive(b).bytes == [])
  }

  @Test func halfClose() throws {
    let (a, b) = pair(.stream)
    try a.socket.shut(reads: false, writes: true)
    #expect(try receive(b).bytes == [])
    _ = try send(b, "still")
    #expect(text(try receive(a)) == "still")
    #expect(failure { () throws(Errno) in _ = try send(a, "x") } == .EPIPE)
  }

  @Test func connections() throws {
    let listener = file(make(.stream))
    let caller = Caller(context: FSContext(namespace: namespace), credentials: .root())
    let address = SocketAddress.abstract(Array("test".utf8))
    #expect(failure { () throws(Errno) in try listener.socket.listen(1) } == .EINVAL)
    try names.bind(listener.socket, address, caller)
    let client = file(make(.stream))
    let target = try names.find(address, caller)
    #expect(failure { () throws(Errno) in try client.socket.connect(to: target, nonBlocking: true) } == .ECONNREFUSED)
    try listener.socket.listen(0)
    try client.socket.connect(to: target, nonBlocking: true)
    let second = file(make(.stream))
    #expect(failure { () throws(Errno) in try second.socket.connect(to: target, nonBlocking: true) } == .EAGAIN)
    #expect(listener.poll(nil) == .readable)
    let server = file(try listener.socket.accept(nonBlocking: true))
    #expect(failure { () throws(Errno) in _ = try listener.socket.accept(nonBlocking: true) } == .EAGAIN)
    _ = try send(client, "hi")
    #expect(text(try receive(server)) == "hi")
    #expect(client.socket.peer?.address == address)
    #expect(server.socket.peerCredentials == me)
    #expect(failure { () throws(Errno) in try client.socket.connect(to: target, nonBlocking: true) } == .EISCONN)
    #expect(failure { () throws(Errno) in try names.bind(second.socket, address, caller) } == .EADDRINUSE)
  }

  @Test func anAddressIsFreeAfterClose() throws {
    let caller = Caller(context: FSContext(namespace: namespace), credentials: .root())
    let address = SocketAddress.abstract([1, 2, 3])
    do {
      let first = file(make(.datagram))
      try names.bind(first.socket, address, caller)
    }
    #expect(failure { () throws(Errno) in _ = try names.find(address, caller) } == .ECONNREFUSED)
    let second = file(make(.datagram))
    try names.bind(second.socket, address, caller)
    let sender = file(make(.datagram))
    try names.bind(sender.socket, .unnamed, caller)
    #expect(try send(sender, "dgram", to: second.socket) == 5)
    let received = try receive(second)
    #expect(received.sender == sender.socket.address)
    #expect(received.credentials == me)
  }

  @Test func filesTravel() throws {
    let (a, b) = pair(.stream)
    let (c, d) = pair(.stream)
    _ = try send(a, "take", files: [c])
    _ = try send(a, "more")
    let received = try receive(b)
    #expect(text(received) == "take")  // what has files is not joined with what follows
    #expect(received.files.count == 1)
    #expect(received.files.first === c)
    #expect(text(try receive(b)) == "more")
    _ = try send(d, "still open")
    #expect(text(try receive(c)) == "still open")
  }

  @Test func aFullInboxStopsTheSender() throws {
    let (a, b) = pair(.stream)
    var sent = 0
    while let count = try? send(a, String(repeating: "x", count: 10000)) { sent += count }
    #expect(sent >= SocketState.capacity)
    #expect(!a.poll(nil).contains(.output))
    while !a.poll(nil).contains(.output) { sent -= try receive(b).bytes.count }
    #expect(sent > 0)
  }

  @Test func addressesAreEncodedAsLinuxDoes() {
    #expect(SocketAddress([]) == .unnamed)
    #expect(SocketAddress(Array("/tmp/s".utf8) + [0, 0]) == .path(Array("/tmp/s".utf8)))
    #expect(SocketAddress([0, 65, 0]) == .abstract([65, 0]))
    #expect(SocketAddress.path([47, 97]).encoded == [1, 0, 47, 97, 0])
    #expect(SocketAddress.abstract([97]).encoded == [1, 0, 0, 97])
    #expect(SocketAddress.unnamed.encoded == [1, 0])
  }
}
