/// The settings of a terminal (`termios(3)`, `struct termios2` of `ioctl_tty(2)`): what `stty` shows.
public struct Termios {
  public var input: InputModes
  public var output: OutputModes
  /// Speeds, character size and the like: kept, and shown again; without effect on a virtual line, except `hangUpOnClose`.
  public var control: UInt32
  public var local: LocalModes
  /// The line discipline's number: 0, `N_TTY`.
  public var line: UInt8
  public var characters: ControlCharacters
  /// Bits per second.
  public var inputSpeed: UInt32
  public var outputSpeed: UInt32

  /// What a fresh Linux terminal has (`tty_std_termios`).
  public static var standard: Termios {
    Termios(
      input: [.carriageReturnToNewline, .flowControl], output: [.process, .newlineToCarriageReturnNewline],
      control: 0o17 | 0o60 | 0o200 | 0o2000,  // B38400, CS8, CREAD, HUPCL
      local: [
        .signals, .canonical, .echo, .echoErase, .echoKill, .echoControl, .echoKillErase, .extensions,
      ],
      line: 0, characters: .standard, inputSpeed: 38400, outputSpeed: 38400)
  }

  public init(
    input: InputModes, output: OutputModes, control: UInt32, local: LocalModes, line: UInt8,
    characters: ControlCharacters, inputSpeed: UInt32, outputSpeed: UInt32
  ) {
    self.input = input
    self.output = output
    self.control = control
    self.local = local
    self.line = line
    self.characters = characters
    self.inputSpeed = inputSpeed
    self.outputSpeed = outputSpeed
  }

  /// Bytes of C's `struct termios` (as `TCGETS` knows it) and of `struct termios2` (`TCGETS2`).
  public static var size: Int { 36 }
  public static var size2: Int { 44 }

  /// The C structure, 36 bytes or, with the speeds, 44.
  public func encoded(withSpeeds: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Termios.size2)
    appendWord(input.rawValue, to: &bytes)
    appendWord(output.rawValue, to: &bytes)
    appendWord(control, to: &bytes)
    appendWord(local.rawValue, to: &bytes)
    bytes.append(line)
    for index in 0..<ControlCharacters.count { bytes.append(characters[index]) }
    if withSpeeds {
      appendWord(inputSpeed, to: &bytes)
      appendWord(outputSpeed, to: &bytes)
    }
    return bytes
  }

  /// These settings as changed by a C structure of 36 or 44 bytes.
  public func changed(by bytes: [UInt8]) -> Termios {
    var new = self
    guard bytes.count >= Termios.size else { return new }
    new.input = InputModes(rawValue: word(bytes, 0))
    new.output = OutputModes(rawValue: word(bytes, 4))
    new.control = word(bytes, 8)
    new.local = LocalModes(rawValue: word(bytes, 12))
    new.line = bytes[16]
    for index in 0..<ControlCharacters.count { new.characters[index] = bytes[17 + index] }
    if bytes.count >= Termios.size2 {
      new.inputSpeed = word(bytes, 36)
      new.outputSpeed = word(bytes, 40)
    }
    return new
  }
}

/// `c_cc`: which characters are special. 0 disables one (`_POSIX_VDISABLE`).
public struct ControlCharacters {
  private var values: InlineArray<19, UInt8>

  public static var count: Int { 19 }

  public subscript(index: Int) -> UInt8 {
    get { values[index] }
    set { values[index] = newValue }
  }

  /// `INIT_C_CC`: ^C ^\ DEL ^U ^D 0 1 0 ^Q ^S ^Z 0 ^R ^O ^W ^V 0.
  public static var standard: ControlCharacters {
    ControlCharacters(values: [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0])
  }

  public var interrupt: UInt8 { values[0] }
  public var quit: UInt8 { values[1] }
  public var erase: UInt8 { values[2] }
  public var kill: UInt8 { values[3] }
  public var endOfFile: UInt8 { values[4] }
  /// VTIME: tenths of a second that a raw read waits.
  public var time: UInt8 { values[5] }
  /// VMIN: bytes that a raw read waits for.
  public var minimum: UInt8 { values[6] }
  public var start: UInt8 { values[8] }
  public var stop: UInt8 { values[9] }
  public var suspend: UInt8 { values[10] }
  public var endOfLine: UInt8 { values[11] }
  public var reprint: UInt8 { values[12] }
  public var wordErase: UInt8 { values[14] }
  public var literalNext: UInt8 { values[15] }
  public var secondEndOfLine: UInt8 { values[16] }
}

private func appendWord(_ value: UInt32, to bytes: inout [UInt8]) {
  for shift in [UInt32(0), 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
}

private func word(_ bytes: [UInt8], _ at: Int) -> UInt32 {
  UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24
}
