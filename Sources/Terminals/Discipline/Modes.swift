/// `c_iflag`: what happens to bytes that come in (`termios(3)`, with Linux's values).
public struct InputModes: OptionSet {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// PARMRK: a byte 0xff is doubled.
  public static var markParity: InputModes { InputModes(rawValue: 0o10) }
  /// ISTRIP: the eighth bit is cleared.
  public static var strip: InputModes { InputModes(rawValue: 0o40) }
  /// INLCR
  public static var newlineToCarriageReturn: InputModes { InputModes(rawValue: 0o100) }
  /// IGNCR
  public static var ignoreCarriageReturn: InputModes { InputModes(rawValue: 0o200) }
  /// ICRNL
  public static var carriageReturnToNewline: InputModes { InputModes(rawValue: 0o400) }
  /// IUCLC
  public static var upperToLower: InputModes { InputModes(rawValue: 0o1000) }
  /// IXON: STOP and START characters stop and resume output.
  public static var flowControl: InputModes { InputModes(rawValue: 0o2000) }
  /// IXANY: any character resumes output.
  public static var anyRestarts: InputModes { InputModes(rawValue: 0o4000) }
  /// IUTF8: erasing takes away a whole UTF-8 character.
  public static var utf8: InputModes { InputModes(rawValue: 0o40000) }
}

/// `c_oflag`: what happens to bytes that go out.
public struct OutputModes: OptionSet {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// OPOST: the others are in force.
  public static var process: OutputModes { OutputModes(rawValue: 0o1) }
  /// OLCUC
  public static var lowerToUpper: OutputModes { OutputModes(rawValue: 0o2) }
  /// ONLCR
  public static var newlineToCarriageReturnNewline: OutputModes { OutputModes(rawValue: 0o4) }
  /// OCRNL
  public static var carriageReturnToNewline: OutputModes { OutputModes(rawValue: 0o10) }
  /// ONOCR: no carriage return at column 0.
  public static var noCarriageReturnAtStart: OutputModes { OutputModes(rawValue: 0o20) }
  /// ONLRET: newline also returns the carriage.
  public static var newlineReturns: OutputModes { OutputModes(rawValue: 0o40) }
  /// TAB3 (XTABS): tabs become spaces.
  public static var expandTabs: OutputModes { OutputModes(rawValue: 0o14000) }
}

/// `c_lflag`: what the line discipline does.
public struct LocalModes: OptionSet {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// ISIG: INTR, QUIT and SUSP characters send signals.
  public static var signals: LocalModes { LocalModes(rawValue: 0o1) }
  /// ICANON: input is handed out by lines, which can be edited.
  public static var canonical: LocalModes { LocalModes(rawValue: 0o2) }
  public static var echo: LocalModes { LocalModes(rawValue: 0o10) }
  /// ECHOE: erased characters vanish from the screen.
  public static var echoErase: LocalModes { LocalModes(rawValue: 0o20) }
  /// ECHOK: a newline after KILL.
  public static var echoKill: LocalModes { LocalModes(rawValue: 0o40) }
  /// ECHONL: newlines are echoed even without ECHO.
  public static var echoNewline: LocalModes { LocalModes(rawValue: 0o100) }
  /// NOFLSH: signals don't flush the queues.
  public static var noFlush: LocalModes { LocalModes(rawValue: 0o200) }
  /// TOSTOP: writing from the background stops the writer.
  public static var stopBackgroundOutput: LocalModes { LocalModes(rawValue: 0o400) }
  /// ECHOCTL: control characters are echoed as ^X.
  public static var echoControl: LocalModes { LocalModes(rawValue: 0o1000) }
  /// ECHOPRT: erased characters are printed between \ and /.
  public static var echoPrint: LocalModes { LocalModes(rawValue: 0o2000) }
  /// ECHOKE: KILL erases the line from the screen.
  public static var echoKillErase: LocalModes { LocalModes(rawValue: 0o4000) }
  /// IEXTEN: LNEXT, WERASE, REPRINT and EOL2 are in force.
  public static var extensions: LocalModes { LocalModes(rawValue: 0o100000) }
  /// EXTPROC
  public static var external: LocalModes { LocalModes(rawValue: 0o200000) }
}
