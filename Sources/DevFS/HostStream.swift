import Basics
import Devices
import Files
import Memory
import Scheduling

/// A standard stream of the command that the host started (`apus.stdin`, `apus.stdout`, `apus.stderr`): one way of a
/// console port, which to programs looks like a pipe.
public final class HostStream: @unchecked Sendable {
  private let port: ConsolePort
  /// Who waits for input, or for room.
  private let queue = WaitQueue()

  public init(_ port: ConsolePort) { self.port = port }

  /// Connects it to the port's interrupts.
  public func connect() {
    port.setHandlers(
      onInput: { [queue] in queue.wakeAll() },
      onWritable: { [queue] in queue.wakeAll() })
  }

  /// An open file description for it.
  /// - Parameter flags: the access mode: read-only for stdin, write-only for the others.
  public func open(_ namespace: Namespace, _ credentials: Credentials, flags: OpenFlags) -> OpenFile {
    let inode = HostStreamInode(namespace.hidden.fileSystem)
    let request = OpenRequest(flags: flags, location: namespace.hiddenLocation(inode), credentials: credentials)
    return HostStreamFile(self, request, inode: inode)
  }

  /// Whether everything written has reached the host.
  public var isDrained: Bool { port.isDrained }

  func read(into sink: inout UserSink, nonBlocking: Bool) throws(Errno) -> Int {
    if sink.remaining == 0 { return 0 }
    var bytes = [UInt8](repeating: 0, count: min(sink.remaining, 4096))
    let port = port
    let count = try queue.wait(.interruptible) { () throws(Errno) -> Int? in
      let atEnd = port.isAtEnd
      var span = bytes.mutableSpan
      let count = port.read(into: &span)
      if count > 0 || atEnd { return count }
      if nonBlocking { throw .EAGAIN }
      return nil
    }
    return try sink.copy(from: bytes, at: 0, count: count)
  }

  func write(from source: inout UserSource, nonBlocking: Bool) throws(Errno) -> Int {
    var total = 0
    let port = port
    while source.remaining > 0 {
      let bytes = try source.takeArray(min(source.remaining, 4096))
      var sent = 0
      do throws(Errno) {
        while sent < bytes.count {
          let from = sent
          sent += try queue.wait(.interruptible) { () throws(Errno) -> Int? in
            if port.isDisconnected { throw .EPIPE }
            let count = port.write(bytes.span.extracting(from..<bytes.count))
            if count > 0 { return count }
            if nonBlocking { throw .EAGAIN }
            return nil
          }
        }
      } catch {
        total += sent
        if total > 0 { return total }
        throw error
      }
      total += sent
    }
    return total
  }

  func poll(_ table: PollTable?, reads: Bool, writes: Bool) -> PollEvents {
    table?.register(queue)
    var events: PollEvents = []
    if reads {
      if port.hasInput { events.formUnion(.readable) }
      if port.isAtEnd { events.insert(.hangUp) }
    }
    if writes {
      if port.isDisconnected { events.insert(.error) }
      if port.canWrite { events.formUnion(.writable) }
    }
    return events
  }
}

/// A host stream that is open.
final class HostStreamFile: OpenFile, @unchecked Sendable {
  private let stream: HostStream

  init(_ stream: HostStream, _ request: OpenRequest, inode: Inode) {
    self.stream = stream
    super.init(request, inode: inode, seekable: false)
  }

  override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int {
    try stream.read(into: &sink, nonBlocking: isNonBlocking)
  }

  override func write(from source: inout UserSource, at offset: inout Int64) throws(Errno) -> Int {
    try stream.write(from: &source, nonBlocking: isNonBlocking)
  }

  override func poll(_ table: PollTable?) -> PollEvents {
    stream.poll(table, reads: flags.isReadable, writes: flags.isWritable)
  }

  override func pollSource() -> PollSource? {
    HostStreamSource(stream, reads: flags.isReadable, writes: flags.isWritable)
  }

  override func synchronize(dataOnly: Bool) throws(Errno) { throw .EINVAL }
}

/// The readiness of a host stream.
private final class HostStreamSource: PollSource {
  private let stream: HostStream
  private let reads: Bool
  private let writes: Bool

  init(_ stream: HostStream, reads: Bool, writes: Bool) {
    self.stream = stream
    self.reads = reads
    self.writes = writes
  }

  override func poll(_ table: PollTable?) -> PollEvents { stream.poll(table, reads: reads, writes: writes) }
}

/// Its inode: a pipe's.
final class HostStreamInode: Inode, @unchecked Sendable {
  init(_ fileSystem: FileSystem) {
    super.init(
      fileSystem: fileSystem, number: fileSystem.nextNumber(), kind: .fifo, mode: 0o600, user: 0, group: 0)
  }

  override var displayName: [UInt8]? { bracketed("pipe:", number) }
}
