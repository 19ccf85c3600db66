import Basics
import Files
import Locking
import Memory
import Scheduling

/// The master of a pseudo-terminal: what a terminal emulator, `script` or `sshd` holds.
final class MasterFile: OpenFile, @unchecked Sendable {
  let terminal: PseudoTerminal

  init(_ terminal: PseudoTerminal, _ request: OpenRequest, inode: Inode) {
    self.terminal = terminal
    super.init(request, inode: inode, seekable: false)
  }

  deinit { terminal.masterClosed() }

  /// What the slave shows. `EIO` when all slaves are closed and everything was read.
  override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int {
    let wanted = min(sink.remaining, 4096)
    if wanted == 0 { return 0 }
    let packets = terminal.withEnds { $0.packetMode }
    let nonBlocking = isNonBlocking
    let bytes = try terminal.shown.wait(.interruptible) { () throws(Errno) -> [UInt8]? in
      // In this order: what was shown before the last close must not be missed.
      let present = terminal.slaveIsPresent
      let bytes = terminal.state.withLock { $0.output.queue.take(packets ? wanted - 1 : wanted) }
      if bytes.count > 0 { return bytes }
      guard present else { throw .EIO }
      if nonBlocking { throw .EAGAIN }
      return nil
    }
    terminal.writable.wakeAll()
    // In packet mode (`TIOCPKT`) a byte says what follows: 0, data.
    let prefix = packets ? try sink.copy(from: [0], at: 0, count: 1) : 0
    return prefix + (try sink.copy(from: bytes, at: 0, count: bytes.count))
  }

  /// Types on the slave.
  override func write(from source: inout UserSource, at offset: inout Int64) throws(Errno) -> Int {
    var total = 0
    let nonBlocking = isNonBlocking
    while source.remaining > 0 {
      let bytes = try source.takeArray(min(source.remaining, 1024))
      var taken = 0
      do throws(Errno) {
        while taken < bytes.count {
          let before = taken
          let count = terminal.receive(bytes, from: before)
          taken += count
          if taken == bytes.count { break }
          if nonBlocking { throw .EAGAIN }
          try terminal.typable.wait(.interruptible) { () throws(Errno) -> Void? in
            terminal.state.withLock { $0.discipline.room > 0 } ? () : nil
          }
        }
      } catch {
        total += taken
        if total > 0 { return total }
        throw error
      }
      total += taken
    }
    return total
  }

  override func poll(_ table: PollTable?) -> PollEvents { terminal.pollMaster(table) }
  override func pollSource() -> PollSource? { MasterSource(terminal) }

  override func ioctl(_ request: UInt32, _ argument: UInt64) throws(Errno) -> Int {
    switch request {
    case TerminalRequest.getNumber: try UserMemory.write(Int32(terminal.index), to: argument)
    case TerminalRequest.setLock:
      let lock: Int32 = try UserMemory.read(argument)
      terminal.withEnds { $0.isLocked = lock != 0 }
    case TerminalRequest.getLock:
      try UserMemory.write(Int32(terminal.withEnds { $0.isLocked } ? 1 : 0), to: argument)
    case TerminalRequest.setPacketMode:
      let on: Int32 = try UserMemory.read(argument)
      terminal.withEnds { $0.packetMode = on != 0 }
    case TerminalRequest.getPacketMode:
      try UserMemory.write(Int32(terminal.withEnds { $0.packetMode } ? 1 : 0), to: argument)
    case TerminalRequest.inputCount:
      try UserMemory.write(Int32(terminal.state.withLock { $0.output.queue.count }), to: argument)
    case TerminalRequest.outputCount: try UserMemory.write(Int32(0), to: argument)
    case TerminalRequest.signalSlave:
      guard argument > 0, argument <= 64 else { throw .EINVAL }
      let group = terminal.state.withLock { $0.foreground }
      if group > 0 { terminal.jobs.signal(group: group, Int32(truncatingIfNeeded: argument)) }
    case TerminalRequest.acquireControl, TerminalRequest.giveUpControl, TerminalRequest.simulateInput,
      TerminalRequest.hangUp:
      throw .ENOTTY
    default:
      return try terminal.ioctl(request, argument, generation: 0, fromMaster: true, privileged: false)
    }
    return 0
  }
}

/// The readiness of a master.
private final class MasterSource: PollSource {
  private let terminal: PseudoTerminal
  init(_ terminal: PseudoTerminal) { self.terminal = terminal }
  override func poll(_ table: PollTable?) -> PollEvents { terminal.pollMaster(table) }
}

extension PseudoTerminal {
  fileprivate func pollMaster(_ table: PollTable?) -> PollEvents {
    table?.register(shown)
    table?.register(typable)
    let present = slaveIsPresent
    return state.withLock { state in
      var events: PollEvents = present ? [] : .hangUp
      if !state.output.queue.isEmpty { events.formUnion(.readable) }
      if state.discipline.room > 0 { events.formUnion(.writable) }
      return events
    }
  }
}
