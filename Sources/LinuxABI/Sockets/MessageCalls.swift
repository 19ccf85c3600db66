import Basics
import Files
import Memory
import Processes
import Sockets

/// Flags of `send(2)` and `recv(2)`, with Linux's values.
private enum MessageFlag {
  static var peek: UInt32 { 0x2 }
  static var controlTruncated: UInt32 { 0x8 }
  static var truncated: UInt32 { 0x20 }
  static var dontWait: UInt32 { 0x40 }
  static var waitAll: UInt32 { 0x100 }
  static var noSignal: UInt32 { 0x4000 }
  static var closeOnExec: UInt32 { 0x4000_0000 }
}

/// `struct msghdr`: seven words of 8 bytes.
private struct MessageHeader {
  var name: UInt64
  var nameLength: UInt32
  var vectors: [IOVector]
  var control: UInt64
  var controlLength: UInt64

  init(_ address: UInt64) throws(Errno) {
    let words = try UserMemory.readArray(address, count: 7, as: UInt64.self)
    name = words[0]
    nameLength = UInt32(truncatingIfNeeded: words[1])
    guard words[3] <= 1024 else { throw .EMSGSIZE }
    vectors = try UserMemory.readArray(words[2], count: Int(words[3]))
    control = words[4]
    controlLength = words[5]
  }
}

extension SystemCalls {
  static func sendto(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try socketFile(call)
    var source = try UserSource(address: call.a1, count: Int(min(call.a2, Call.maximumCount)))
    var target: Socket? = nil
    if call.a4 != 0, uint(call.a5) > 0 {
      let address = try socketAddress(call.a4, uint(call.a5))
      target = try call.task.system.socketNames.find(address, call.caller)
    }
    return try send(call, file, &source, to: target, files: [], flags: uint(call.a3))
  }

  static func sendmsg(_ call: borrowing Call) throws(Errno) -> Int {
    try sendMessage(call, try socketFile(call), call.a1, flags: uint(call.a2))
  }

  static func sendmmsg(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try socketFile(call)
    return try eachMessage(call) { (address) throws(Errno) -> Int in
      try sendMessage(call, file, address, flags: uint(call.a3))
    }
  }

  private static func sendMessage(
    _ call: borrowing Call, _ file: SocketFile, _ address: UInt64, flags: UInt32
  ) throws(Errno) -> Int {
    let header = try MessageHeader(address)
    var target: Socket? = nil
    if header.name != 0, header.nameLength > 0 {
      target = try call.task.system.socketNames.find(
        try socketAddress(header.name, header.nameLength), call.caller)
    }
    let files = try filesSent(call, header)
    var source = try UserSource(vectors: header.vectors)
    return try send(call, file, &source, to: target, files: files, flags: flags)
  }

  private static func send(
    _ call: borrowing Call, _ file: SocketFile, _ source: inout UserSource, to target: Socket?, files: [OpenFile],
    flags: UInt32
  ) throws(Errno) -> Int {
    do throws(Errno) {
      return try file.socket.send(
        from: &source, to: target, files: files, as: socketCredentials(call.task),
        nonBlocking: file.isNonBlocking || flags & MessageFlag.dontWait != 0)
    } catch {
      if error == .EPIPE, file.socket.kind == .stream, flags & MessageFlag.noSignal == 0 { call.task.signalSelf(.PIPE) }
      throw error
    }
  }

  /// The descriptors that `SCM_RIGHTS` passes; the sender's own credentials (`SCM_CREDENTIALS`) go along anyhow.
  private static func filesSent(_ call: borrowing Call, _ header: MessageHeader) throws(Errno) -> [OpenFile] {
    var files: [OpenFile] = []
    guard header.control != 0, header.controlLength >= 16 else { return files }
    guard header.controlLength <= 4096 else { throw .ENOBUFS }
    var offset: UInt64 = 0
    while offset + 16 <= header.controlLength {
      let at = header.control &+ offset
      let length: UInt64 = try UserMemory.read(at)
      let level: Int32 = try UserMemory.read(at &+ 8)
      let type: Int32 = try UserMemory.read(at &+ 12)
      guard length >= 16, length <= header.controlLength - offset else { throw .EINVAL }
      if level == 1, type == 1 {
        let count = Int(length - 16) / 4
        guard count + files.count <= 253 else { throw .EINVAL }  // SCM_MAX_FD
        for descriptor in try UserMemory.readArray(at &+ 16, count: count, as: Int32.self) {
          files.append(try call.task.files.file(descriptor))
        }
      } else if level == 1, type != 2 {
        throw .EINVAL
      }
      offset += (length + 7) & ~7
    }
    return files
  }

  // MARK: Receiving

  static func recvfrom(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try socketFile(call)
    var sink = try UserSink(address: call.a1, count: Int(min(call.a2, Call.maximumCount)))
    let (count, received) = try receive(file, &sink, flags: uint(call.a3))
    if call.a4 != 0, file.socket.kind == .datagram { try store(received.sender, call.a4, call.a5) }
    return count
  }

  static func recvmsg(_ call: borrowing Call) throws(Errno) -> Int {
    try receiveMessage(call, try socketFile(call), call.a1, flags: uint(call.a2))
  }

  static func recvmmsg(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try socketFile(call)
    var flags = uint(call.a3)
    let waitsForOne = flags & 0x10000 != 0  // MSG_WAITFORONE
    return try eachMessage(call) { (address) throws(Errno) -> Int in
      defer { if waitsForOne { flags |= MessageFlag.dontWait } }
      return try receiveMessage(call, file, address, flags: flags)
    }
  }

  private static func receiveMessage(
    _ call: borrowing Call, _ file: SocketFile, _ address: UInt64, flags: UInt32
  ) throws(Errno) -> Int {
    let header = try MessageHeader(address)
    var sink = try UserSink(vectors: header.vectors)
    let room = sink.remaining
    let (count, received) = try receive(file, &sink, flags: flags)
    var shown: UInt32 = 0
    if file.socket.kind.rawValue != SocketKind.stream.rawValue, received.wholeLength > room {
      shown |= MessageFlag.truncated
    }
    if header.name != 0 {
      if file.socket.kind == .datagram {
        try store(received.sender, header.name, address &+ 8)
      } else {
        try UserMemory.write(UInt32(0), to: address &+ 8)
      }
    }
    let (used, isTruncated) = try storeControl(call, file, received, header, flags: flags)
    if isTruncated { shown |= MessageFlag.controlTruncated }
    try UserMemory.write(used, to: address &+ 40)
    try UserMemory.write(shown, to: address &+ 48)
    return count
  }

  private static func receive(
    _ file: SocketFile, _ sink: inout UserSink, flags: UInt32
  ) throws(Errno) -> (Int, Received) {
    let room = sink.remaining
    let nonBlocking = file.isNonBlocking || flags & MessageFlag.dontWait != 0
    let peek = flags & MessageFlag.peek != 0
    let first = try file.socket.receive(min(room, 262_144), peek: peek, nonBlocking: nonBlocking)
    var count = try sink.copy(from: first.bytes, at: 0, count: first.bytes.count)
    if flags & MessageFlag.waitAll != 0, file.socket.kind == .stream, !peek, first.files.isEmpty {
      while count < room, count > 0 {
        guard let more = try? file.socket.receive(min(room - count, 262_144), nonBlocking: nonBlocking),
          !more.bytes.isEmpty
        else { break }
        count += try sink.copy(from: more.bytes, at: 0, count: more.bytes.count)
      }
    }
    // MSG_TRUNC asks for a message's whole length.
    if flags & MessageFlag.truncated != 0, file.socket.kind != .stream { count = first.wholeLength }
    return (count, first)
  }

  /// Stores credentials (`SO_PASSCRED`) and installs the files that came along; gives the bytes used, and whether
  /// something did not fit.
  private static func storeControl(
    _ call: borrowing Call, _ file: SocketFile, _ received: Received, _ header: MessageHeader, flags: UInt32
  ) throws(Errno) -> (UInt64, Bool) {
    var used: UInt64 = 0
    var isTruncated = false
    let room = header.control == 0 ? 0 : header.controlLength
    if file.socket.passesCredentials {
      if room >= 28 {
        try storeHeader(header.control, length: 28, type: 2)
        try UserMemory.write(received.credentials, to: header.control &+ 16)
        used = min(32, room)
      } else {
        isTruncated = true
      }
    }
    guard !received.files.isEmpty else { return (used, isTruncated) }
    let fits = room < used + 16 ? 0 : Int((room - used - 16) / 4)
    var descriptors: [Int32] = []
    for file in received.files.prefix(fits) {
      guard
        let descriptor = try? call.task.files.add(
          file, closeOnExec: flags & MessageFlag.closeOnExec != 0, limit: call.descriptorLimit)
      else { break }
      descriptors.append(descriptor)
    }
    if descriptors.count < received.files.count { isTruncated = true }
    if !descriptors.isEmpty {
      let length = 16 + UInt64(descriptors.count) * 4
      try storeHeader(header.control &+ used, length: length, type: 1)
      try UserMemory.writeArray(descriptors, to: header.control &+ used &+ 16)
      used = min(room, used + ((length + 7) & ~7))
    }
    return (used, isTruncated)
  }

  /// `struct cmsghdr` at the level `SOL_SOCKET`.
  private static func storeHeader(_ address: UInt64, length: UInt64, type: Int32) throws(Errno) {
    try UserMemory.write(length, to: address)
    try UserMemory.writeArray([1, type] as [Int32], to: address &+ 8)
  }

  /// Runs `body` on each `struct mmsghdr` (a msghdr, and then its count); gives how many worked. An error counts only
  /// for the first.
  private static func eachMessage(
    _ call: borrowing Call, _ body: (UInt64) throws(Errno) -> Int
  ) throws(Errno) -> Int {
    let limit = min(uint(call.a2), 1024)
    var done = 0
    while done < Int(limit) {
      let address = call.a1 &+ UInt64(done) &* 64
      do throws(Errno) {
        let count = try body(address)
        try UserMemory.write(UInt32(truncatingIfNeeded: count), to: address &+ 56)
      } catch {
        if done > 0 { return done }
        throw error
      }
      done += 1
    }
    return done
  }
}
