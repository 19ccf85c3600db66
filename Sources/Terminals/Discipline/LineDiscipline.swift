/// The line discipline of terminals (`N_TTY`, `termios(3)`): turns bytes that are typed into lines or raw input,
/// echoes them, edits the line, and finds the characters that stand for signals and flow control.
///
/// A pure state machine: it touches no lock and no device. What it wants done comes back as `InputEffects`; what it
/// shows goes to a `TerminalOutput`.
public struct LineDiscipline: ~Copyable {
  public internal(set) var settings: Termios
  /// Everything typed and not yet read. In canonical mode the first `complete` bytes are whole lines.
  var input = ByteRing(capacity: LineDiscipline.capacity)
  /// One bit for each place of the ring: this byte ends a line (newline, EOL or EOF).
  var endsLine: [Bool] = [Bool](repeating: false, count: LineDiscipline.capacity)
  var complete = 0
  /// LNEXT was typed: the next byte is an ordinary one.
  var literalNext = false
  /// A `\` of ECHOPRT is open.
  var printsErased = false
  /// STOP was typed: output stands still.
  public internal(set) var isStopped = false

  static var capacity: Int { 4096 }
  /// What stands in the queue for the EOF character: never seen by readers.
  static var endOfFileMark: UInt8 { 0 }

  public init(_ settings: Termios) { self.settings = settings }

  public var isCanonical: Bool { settings.local.contains(.canonical) }

  /// How many bytes it takes now. A line that is too long is cut instead (each further byte takes the last one's
  /// place), so only complete lines or raw input that nobody reads fill it.
  public var room: Int {
    let room = input.room - 1
    if room > 0 { return room }
    return isCanonical && complete == 0 ? 1 : 0
  }

  /// One byte was typed. The caller has seen that `room` is not 0.
  public mutating func receive(_ raw: UInt8, _ output: inout TerminalOutput) -> InputEffects {
    if input.room <= 1, isCanonical, complete == 0, input.room == 0 { input.removeLast(1) }
    var byte = raw
    if settings.input.contains(.strip) { byte &= 0x7f }
    if settings.input.contains(.upperToLower), settings.local.contains(.extensions), byte >= 65, byte <= 90 {
      byte += 32
    }
    if literalNext {
      literalNext = false
      return store(byte, asNewline: false, &output)
    }
    let wasReturn = byte == 13
    if byte != 0 {
      if let effects = flowControl(byte) { return effects }
      if let effects = signalCharacter(byte, &output) { return effects }
    }
    var effects = InputEffects()
    if isStopped, settings.input.contains(.flowControl), settings.input.contains(.anyRestarts) {
      isStopped = false
      effects.outputResumed = true
    }
    if byte == 13 {
      if settings.input.contains(.ignoreCarriageReturn) { return effects }
      if settings.input.contains(.carriageReturnToNewline) { byte = 10 }
    } else if byte == 10, settings.input.contains(.newlineToCarriageReturn) {
      byte = 13
    }
    if isCanonical, let edited = edit(byte, &output) {
      effects.merge(edited)
    } else {
      effects.merge(store(byte, asNewline: byte == 10 && wasReturn, &output))
    }
    return effects
  }

  /// START and STOP.
  private mutating func flowControl(_ byte: UInt8) -> InputEffects? {
    guard settings.input.contains(.flowControl) else { return nil }
    var effects = InputEffects()
    if byte == settings.characters.start {
      effects.outputResumed = isStopped
      isStopped = false
      return effects
    }
    if byte == settings.characters.stop {
      isStopped = true
      return effects
    }
    return nil
  }

  /// INTR, QUIT and SUSP.
  private mutating func signalCharacter(_ byte: UInt8, _ output: inout TerminalOutput) -> InputEffects? {
    guard settings.local.contains(.signals) else { return nil }
    var effects = InputEffects()
    if byte == settings.characters.interrupt {
      effects.signals = TerminalSignal.interrupt.mask
    } else if byte == settings.characters.quit {
      effects.signals = TerminalSignal.quit.mask
    } else if byte == settings.characters.suspend {
      effects.signals = TerminalSignal.stop.mask
    } else {
      return nil
    }
    if !settings.local.contains(.noFlush) {
      output.queue.clear()
      flush()
      effects.outputResumed = true
    }
    if settings.input.contains(.flowControl), isStopped {
      isStopped = false
      effects.outputResumed = true
    }
    if settings.local.contains(.echo) { echo(byte, &output) }
    return effects
  }

  /// An ordinary byte: echoed and queued. A newline made of a carriage return is shown as one; others are control
  /// characters like any here.
  private mutating func store(_ byte: UInt8, asNewline: Bool, _ output: inout TerminalOutput) -> InputEffects {
    if settings.local.contains(.echo) {
      finishPrintingErased(&output)
      if asNewline {
        output.put(10, settings)
      } else {
        if input.count == complete { output.markLineStart() }
        echo(byte, &output)
      }
    }
    if byte == 0xff, settings.input.contains(.markParity) { enqueue(byte, endsLine: false) }
    enqueue(byte, endsLine: false)
    var effects = InputEffects()
    effects.inputArrived = !isCanonical
    return effects
  }

  mutating func enqueue(_ byte: UInt8, endsLine ends: Bool) {
    let place = Int(bitPattern: input.tail) & (LineDiscipline.capacity - 1)
    if input.append(byte) { endsLine[place] = ends }
  }

  /// Drops all input (`TCFLSH`, signals).
  public mutating func flush() {
    input.clear()
    complete = 0
    literalNext = false
    printsErased = false
  }

  /// `TCOON`, `TCOOFF`.
  public mutating func setStopped(_ stopped: Bool) { isStopped = stopped }

  /// New settings. What was typed under the other mode stays: as raw bytes, or as a line that is complete.
  public mutating func change(to new: Termios) {
    let wasCanonical = isCanonical
    settings = new
    settings.line = 0
    if !new.input.contains(.flowControl) { isStopped = false }
    guard wasCanonical != isCanonical else { return }
    literalNext = false
    printsErased = false
    if isCanonical {
      for index in 0..<LineDiscipline.capacity { endsLine[index] = false }
      complete = input.count
      if complete > 0 { endsLine[Int(bitPattern: input.tail &- 1) & (LineDiscipline.capacity - 1)] = true }
    } else {
      complete = 0
    }
  }
}
