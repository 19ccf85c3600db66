import Basics
import Files
import Locking
import Memory
import Scheduling

/// The numbers of terminal requests (`ioctl_tty(2)`).
enum TerminalRequest {
  static var getSettings: UInt32 { 0x5401 }  // TCGETS
  static var setSettings: UInt32 { 0x5402 }  // TCSETS
  static var setSettingsDrain: UInt32 { 0x5403 }  // TCSETSW
  static var setSettingsFlush: UInt32 { 0x5404 }  // TCSETSF
  static var sendBreak: UInt32 { 0x5409 }  // TCSBRK
  static var flow: UInt32 { 0x540a }  // TCXONC
  static var flush: UInt32 { 0x540b }  // TCFLSH
  static var setExclusive: UInt32 { 0x540c }  // TIOCEXCL
  static var clearExclusive: UInt32 { 0x540d }  // TIOCNXCL
  static var acquireControl: UInt32 { 0x540e }  // TIOCSCTTY
  static var getForegroundGroup: UInt32 { 0x540f }  // TIOCGPGRP
  static var setForegroundGroup: UInt32 { 0x5410 }  // TIOCSPGRP
  static var outputCount: UInt32 { 0x5411 }  // TIOCOUTQ
  static var simulateInput: UInt32 { 0x5412 }  // TIOCSTI
  static var getWindow: UInt32 { 0x5413 }  // TIOCGWINSZ
  static var setWindow: UInt32 { 0x5414 }  // TIOCSWINSZ
  static var inputCount: UInt32 { 0x541b }  // FIONREAD, TIOCINQ
  static var setPacketMode: UInt32 { 0x5420 }  // TIOCPKT
  static var giveUpControl: UInt32 { 0x5422 }  // TIOCNOTTY
  static var setDiscipline: UInt32 { 0x5423 }  // TIOCSETD
  static var getDiscipline: UInt32 { 0x5424 }  // TIOCGETD
  static var sendBreakLong: UInt32 { 0x5425 }  // TCSBRKP
  static var getSession: UInt32 { 0x5429 }  // TIOCGSID
  static var getSettings2: UInt32 { 0x802c_542a }  // TCGETS2
  static var setSettings2: UInt32 { 0x402c_542b }  // TCSETS2
  static var setSettings2Drain: UInt32 { 0x402c_542c }  // TCSETSW2
  static var setSettings2Flush: UInt32 { 0x402c_542d }  // TCSETSF2
  static var getNumber: UInt32 { 0x8004_5430 }  // TIOCGPTN
  static var setLock: UInt32 { 0x4004_5431 }  // TIOCSPTLCK
  static var getDevice: UInt32 { 0x8004_5432 }  // TIOCGDEV
  static var signalSlave: UInt32 { 0x4004_5436 }  // TIOCSIG
  static var hangUp: UInt32 { 0x5437 }  // TIOCVHANGUP
  static var getPacketMode: UInt32 { 0x8004_5438 }  // TIOCGPKT
  static var getLock: UInt32 { 0x8004_5439 }  // TIOCGPTLCK
  static var getExclusive: UInt32 { 0x8004_5440 }  // TIOCGEXCL
}

extension Terminal {
  /// `ioctl(2)` on the terminal, or on its master, from which requests for the terminal pass through.
  /// - Throws: `ENOTTY` for requests that are not for terminals; what each request says.
  final func ioctl(
    _ request: UInt32, _ argument: UInt64, generation: UInt32, fromMaster: Bool, privileged: Bool
  ) throws(Errno) -> Int {
    switch request {
    case TerminalRequest.getSettings:
      try UserMemory.copyOut(state.withLock { $0.discipline.settings }.encoded(withSpeeds: false), to: argument)
    case TerminalRequest.getSettings2:
      try UserMemory.copyOut(state.withLock { $0.discipline.settings }.encoded(withSpeeds: true), to: argument)
    case TerminalRequest.setSettings...TerminalRequest.setSettingsFlush:
      try change(argument, Termios.size, step: request &- TerminalRequest.setSettings, generation)
    case TerminalRequest.setSettings2...TerminalRequest.setSettings2Flush:
      try change(argument, Termios.size2, step: request &- TerminalRequest.setSettings2, generation)
    case TerminalRequest.getWindow: try UserMemory.write(window, to: argument)
    case TerminalRequest.setWindow: setWindow(try UserMemory.read(argument))
    case TerminalRequest.acquireControl: try acquireControl(steal: argument == 1 && privileged)
    case TerminalRequest.giveUpControl: try giveUpControl()
    case TerminalRequest.getForegroundGroup:
      try UserMemory.write(try foregroundGroup(fromMaster: fromMaster), to: argument)
    case TerminalRequest.setForegroundGroup: try setForegroundGroup(try UserMemory.read(argument))
    case TerminalRequest.getSession:
      try UserMemory.write(try controlledSession(fromMaster: fromMaster), to: argument)
    case TerminalRequest.inputCount:
      try UserMemory.write(Int32(state.withLock { $0.discipline.readableCount }), to: argument)
    case TerminalRequest.outputCount:
      try UserMemory.write(Int32(drains ? state.withLock { $0.output.queue.count } : 0), to: argument)
    case TerminalRequest.sendBreak, TerminalRequest.sendBreakLong:
      try checkForeground(.backgroundWrite)
      try drain(generation: generation)
    case TerminalRequest.flow: try setFlow(argument)
    case TerminalRequest.flush: try flush(argument)
    case TerminalRequest.setExclusive: state.withLock { $0.isExclusive = true }
    case TerminalRequest.clearExclusive: state.withLock { $0.isExclusive = false }
    case TerminalRequest.getExclusive:
      try UserMemory.write(Int32(state.withLock { $0.isExclusive } ? 1 : 0), to: argument)
    case TerminalRequest.simulateInput: try simulateInput(argument, privileged)
    case TerminalRequest.getDiscipline: try UserMemory.write(Int32(0), to: argument)
    case TerminalRequest.setDiscipline:
      let wanted: Int32 = try UserMemory.read(argument)
      if wanted != 0 { throw .EINVAL }
    case TerminalRequest.getDevice:
      try UserMemory.write(UInt32(truncatingIfNeeded: number.encoded), to: argument)
    case TerminalRequest.hangUp:
      guard privileged else { throw .EPERM }
      hangUp()
    default: throw .ENOTTY
    }
    return 0
  }

  /// `tcsetattr(3)`: step 0 now, 1 after output has drained, 2 also dropping input.
  private func change(_ address: UInt64, _ size: Int, step: UInt32, _ generation: UInt32) throws(Errno) {
    try checkForeground(.backgroundWrite)
    let bytes = try UserMemory.copyIn(address, count: size)
    if step > 0 { try drain(generation: generation) }
    state.withLock { state in
      if step == 2 { state.discipline.flush() }
      let new = state.discipline.settings.changed(by: bytes)
      state.discipline.change(to: new)
    }
    // What readers and writers wait for may be another now.
    readable.wakeAll()
    writable.wakeAll()
    if step == 2 { inputTaken() }
  }

  /// `tcflow(3)`: TCOOFF 0, TCOON 1, and TCIOFF 2, TCION 3, which would send STOP and START.
  private func setFlow(_ action: UInt64) throws(Errno) {
    try checkForeground(.backgroundWrite)
    switch action {
    case 0, 1: state.withLock { $0.discipline.setStopped(action == 0) }
    case 2, 3:
      state.withLock { state in
        let characters = state.discipline.settings.characters
        let byte = action == 2 ? characters.stop : characters.start
        if byte != 0 { state.output.queue.append(byte) }
      }
      outputArrived()
    default: throw .EINVAL
    }
    writable.wakeAll()
  }

  /// `tcflush(3)`: TCIFLUSH 0, TCOFLUSH 1, TCIOFLUSH 2.
  private func flush(_ queue: UInt64) throws(Errno) {
    try checkForeground(.backgroundWrite)
    guard queue <= 2 else { throw .EINVAL }
    state.withLock { state in
      if queue != 1 { state.discipline.flush() }
      if queue != 0 { state.output.queue.clear() }
    }
    writable.wakeAll()
    inputTaken()
  }

  /// `TIOCSTI`: as if the byte had been typed.
  private func simulateInput(_ address: UInt64, _ privileged: Bool) throws(Errno) {
    let session = state.withLock { $0.session }
    guard privileged || (session != 0 && session == jobs.caller().session) else { throw .EPERM }
    let byte: UInt8 = try UserMemory.read(address)
    _ = receive([byte])
  }
}
