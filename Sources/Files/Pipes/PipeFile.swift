import Machine
import Basics
import Machine
import Memory
import Scheduling

/// An open end of a pipe, or a named pipe opened in any mode.
public final class PipeFile: OpenFile, @unchecked Sendable {
  public let pipe: Pipe
  private let reads: Bool
  private let writes: Bool
  /// Writers that had come when it was opened; see `Pipe.poll`.
  private let seenWriters: UInt

  /// The caller has joined the pipe for it.
  init(_ request: OpenRequest, inode: Inode, pipe: Pipe, seenWriters: UInt) {
    self.pipe = pipe
    reads = request.flags.isReadable
    writes = request.flags.isWritable
    self.seenWriters = seenWriters
    super.init(request, inode: inode, seekable: false)
  }

  deinit { pipe.leave(reads: reads, writes: writes) }

  /// Both ends of a new pipe (`pipe2(2)`); `flags` may hold `O_NONBLOCK`.
  public static func makePair(
    _ namespace: Namespace, _ credentials: Credentials, flags: OpenFlags
  ) throws(Errno) -> (read: PipeFile, write: PipeFile) {
    try Memory.admit(8192)
    let pipe = Pipe()
    let inode = PipeInode(namespace.hidden.fileSystem, credentials)
    let location = namespace.hiddenLocation(inode)
    _ = pipe.join(reads: true, writes: true)
    let kept = flags.intersection([.nonBlocking, .direct])
    let read = PipeFile(
      OpenRequest(flags: kept, location: location, credentials: credentials), inode: inode, pipe: pipe, seenWriters: 0)
    let write = PipeFile(
      OpenRequest(flags: kept.union(.writeOnly), location: location, credentials: credentials), inode: inode,
      pipe: pipe, seenWriters: 0)
    return (read, write)
  }

  public override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int {
    try pipe.read(into: &sink, nonBlocking: isNonBlocking)
  }

  public override func write(from source: inout UserSource, at offset: inout Int64) throws(Errno) -> Int {
    try pipe.write(from: &source, nonBlocking: isNonBlocking)
  }

  public override func poll(_ table: PollTable?) -> PollEvents {
    pipe.poll(table, reads: reads, writes: writes, seenWriters: seenWriters)
  }

  public override func pollSource() -> PollSource? {
    PipeSource(pipe, reads: reads, writes: writes, seenWriters: seenWriters)
  }

  public override func ioctl(_ request: UInt32, _ argument: UInt64) throws(Errno) -> Int {
    guard request == 0x541b else { throw .ENOTTY }  // FIONREAD
    try UserMemory.write(Int32(truncatingIfNeeded: pipe.count), to: argument)
    return 0
  }

  public override func synchronize(dataOnly: Bool) throws(Errno) { throw .EINVAL }
}

/// The readiness of one end.
private final class PipeSource: PollSource {
  private let pipe: Pipe
  private let reads: Bool
  private let writes: Bool
  private let seenWriters: UInt

  init(_ pipe: Pipe, reads: Bool, writes: Bool, seenWriters: UInt) {
    self.pipe = pipe
    self.reads = reads
    self.writes = writes
    self.seenWriters = seenWriters
  }

  override func poll(_ table: PollTable?) -> PollEvents {
    pipe.poll(table, reads: reads, writes: writes, seenWriters: seenWriters)
  }
}

/// The inode of a pipe without a name.
final class PipeInode: Inode, @unchecked Sendable {
  init(_ fileSystem: FileSystem, _ credentials: Credentials) {
    super.init(
      fileSystem: fileSystem, number: fileSystem.nextNumber(), kind: .fifo, mode: 0o600,
      user: credentials.user.fileSystem, group: credentials.group.fileSystem)
  }

  override var displayName: [UInt8]? { bracketed("pipe:", number) }
}

/// `name[number]`, as `/proc/PID/fd` shows what has no path.
public func bracketed(_ name: StaticString, _ number: UInt64) -> [UInt8] {
  var digits: [UInt8] = []
  var rest = number
  repeat {
    digits.append(UInt8(truncatingIfNeeded: rest % 10) &+ 0x30)
    rest /= 10
  } while rest > 0
  var text: [UInt8] = name.bytes
  text.append(0x5b)
  text.append(contentsOf: digits.reversed())
  text.append(0x5d)
  return text
}
