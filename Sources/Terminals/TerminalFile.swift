import Basics
import Files
import Locking
import Memory
import Scheduling

/// A terminal that is open.
public final class TerminalFile: OpenFile, @unchecked Sendable {
  public let terminal: Terminal
  /// The hang-ups that the terminal had seen when it was opened: one more, and this file is dead.
  private let generation: UInt32
  /// Whether its opener had `CAP_SYS_ADMIN`.
  private let isPrivileged: Bool

  private init(_ terminal: Terminal, _ request: OpenRequest, inode: Inode, generation: UInt32) {
    self.terminal = terminal
    self.generation = generation
    isPrivileged = request.credentials.has(.administrator)
    super.init(request, inode: inode, seekable: false)
  }

  deinit {
    let last = terminal.state.withLock { (state) -> Bool in
      state.opens -= 1
      if state.opens == 0 { state.isExclusive = false }
      return state.opens == 0
    }
    if last { terminal.lastClosed() }
  }

  /// Opens the terminal; it may become the controlling one of a session leader that has none, unless `O_NOCTTY`.
  /// - Throws: `EIO` when its far side is gone, `EBUSY` for `TIOCEXCL`.
  public static func open(
    _ terminal: Terminal, _ request: OpenRequest, inode: Inode, mayControl: Bool = true
  ) throws(Errno) -> TerminalFile {
    try terminal.willOpen()
    let privileged = request.credentials.has(.administrator)
    let generation = terminal.state.withLock { (state) -> UInt32? in
      if state.isExclusive && state.opens > 0 && !privileged { return nil }
      state.opens += 1
      return state.generation
    }
    guard let generation else { throw .EBUSY }
    let file = TerminalFile(terminal, request, inode: inode, generation: generation)
    if mayControl, request.flags.isReadable, !request.flags.contains(.noControllingTerminal) {
      terminal.offerControl()
    }
    return file
  }

  public override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int {
    try terminal.read(into: &sink, nonBlocking: isNonBlocking, generation: generation)
  }

  public override func write(from source: inout UserSource, at offset: inout Int64) throws(Errno) -> Int {
    try terminal.write(from: &source, nonBlocking: isNonBlocking, generation: generation)
  }

  public override func poll(_ table: PollTable?) -> PollEvents {
    terminal.poll(table, generation: generation)
  }

  public override func pollSource() -> PollSource? { TerminalSource(terminal, generation: generation) }

  public override func ioctl(_ request: UInt32, _ argument: UInt64) throws(Errno) -> Int {
    if terminal.state.withLock({ $0.generation != generation }) {
      throw request == TerminalRequest.setForegroundGroup ? .ENOTTY : .EIO
    }
    return try terminal.ioctl(
      request, argument, generation: generation, fromMaster: false, privileged: isPrivileged)
  }
}

/// The readiness of an open terminal.
private final class TerminalSource: PollSource {
  private let terminal: Terminal
  private let generation: UInt32

  init(_ terminal: Terminal, generation: UInt32) {
    self.terminal = terminal
    self.generation = generation
  }

  override func poll(_ table: PollTable?) -> PollEvents { terminal.poll(table, generation: generation) }
}

extension Terminal {
  final func poll(_ table: PollTable?, generation: UInt32) -> PollEvents {
    if let table {
      table.register(readable)
      table.register(writable)
    }
    return state.withLock { state in
      if state.generation != generation { return [.readable, .writable, .error, .hangUp] }
      var events: PollEvents = []
      if state.discipline.hasInput(minimum: state.discipline.pollMinimum) { events.formUnion(.readable) }
      if state.isWritable { events.formUnion(.writable) }
      return events
    }
  }
}
