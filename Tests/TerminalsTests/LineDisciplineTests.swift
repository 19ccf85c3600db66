import Testing

@testable import Terminals

@Suite struct LineDisciplineTests {
  @Test func linesAreEchoedAndHandedOutWhole() {
    let typing = Typing()
    #expect(typing.type("ls") == "ls")
    #expect(typing.read() == nil)
    #expect(typing.type("\r") == "\r\n")
    #expect(typing.read() == "ls\n")
    #expect(typing.read() == nil)
  }

  @Test func aShortReadLeavesTheRestOfTheLine() {
    let typing = Typing()
    _ = typing.type("hello\rworld\r")
    #expect(typing.read(3) == "hel")
    #expect(typing.read() == "lo\n")
    #expect(typing.read() == "world\n")
  }

  @Test func eraseTakesACharacterAndCleansTheScreen() {
    let typing = Typing()
    #expect(typing.type("ab\u{7f}") == "ab\u{8} \u{8}")
    #expect(typing.type("\u{7f}\u{7f}") == "\u{8} \u{8}")
    #expect(typing.type("c\n") == "c\r\n")
    #expect(typing.read() == "c\n")
  }

  @Test func eraseTakesAWholeUTF8Character() {
    let typing = Typing { $0.input.insert(.utf8) }
    #expect(typing.type("aé\u{7f}") == "aé\u{8} \u{8}")
    _ = typing.type("\r")
    #expect(typing.read() == "a\n")
  }

  @Test func wordEraseAndKill() {
    let typing = Typing()
    _ = typing.type("one two  \u{17}")
    _ = typing.type("\r")
    #expect(typing.read() == "one \n")
    _ = typing.type("rm -rf /\u{15}ls\r")
    #expect(typing.read() == "ls\n")
  }

  @Test func tabsAreErasedToWhereTheyBegan() {
    let typing = Typing()
    #expect(typing.type("ab\t\u{7f}") == "ab\t" + String(repeating: "\u{8}", count: 6))
    #expect(typing.type("\t\t\u{7f}") == "\t\t" + String(repeating: "\u{8}", count: 8))
  }

  @Test func endOfFile() {
    let typing = Typing()
    _ = typing.type("\u{4}")
    #expect(typing.read() == "")
    #expect(typing.read() == nil)
    _ = typing.type("abc\u{4}")
    #expect(typing.read() == "abc")
    #expect(typing.read() == nil)
    // An EOF behind a buffer that is filled ends that read, not the next.
    _ = typing.type("abc\u{4}")
    #expect(typing.read(3) == "abc")
    #expect(typing.read() == nil)
  }

  @Test func signalsFlushAndAreEchoed() {
    let typing = Typing()
    #expect(typing.type("abc\u{3}") == "^C")  // what was not shown yet is flushed too
    #expect(typing.effects.signals == TerminalSignal.interrupt.mask)
    _ = typing.type("x\u{1a}")
    #expect(typing.effects.signals & TerminalSignal.stop.mask != 0)
    _ = typing.type("\r")
    #expect(typing.read() == "\n")
  }

  @Test func noSignalsWithoutISIG() {
    let typing = Typing { $0.local.remove(.signals) }
    #expect(typing.type("\u{3}\r") == "^C\r\n")
    #expect(typing.effects.signals == 0)
    #expect(typing.read() == "\u{3}\n")
  }

  @Test func literalNextTakesAwayMeaning() {
    let typing = Typing()
    #expect(typing.type("\u{16}\u{3}") == "^\u{8}^C")
    _ = typing.type("\r")
    #expect(typing.read() == "\u{3}\n")
  }

  @Test func stopAndStart() {
    let typing = Typing()
    _ = typing.type("\u{13}")
    #expect(typing.isStopped)
    _ = typing.type("\u{11}")
    #expect(!typing.isStopped)
    #expect(typing.effects.outputResumed)
  }

  @Test func rawModeGivesEachByte() {
    let typing = Typing {
      $0.local = []
      $0.input = []
      $0.output = []
    }
    #expect(typing.type("a\r\u{3}") == "")
    #expect(typing.read() == "a\r\u{3}")
    #expect(typing.effects.signals == 0)
  }

  @Test func rawModeWaitsForVMIN() {
    let typing = Typing {
      $0.local = []
      $0.characters[6] = 3
    }
    _ = typing.type("ab")
    #expect(!typing.isReadable)
    _ = typing.type("c")
    #expect(typing.isReadable)
  }

  @Test func aLineThatIsTooLongIsCutButEnds() {
    let typing = Typing()
    _ = typing.type([UInt8](repeating: 97, count: 6000) + [13])
    let line = typing.read(8192) ?? ""
    #expect(line.count == 4096)
    #expect(line.hasSuffix("a\n"))
    #expect(typing.room > 0)
  }

  @Test func completeLinesFillTheQueue() {
    let typing = Typing()
    _ = typing.type([UInt8](repeating: 10, count: 6000))
    #expect(typing.room == 0)
    #expect(typing.readableCount == 4095)
  }

  @Test func leavingCanonicalModeGivesOutWhatWasTyped() {
    let typing = Typing()
    _ = typing.type("abc")
    var raw = typing.discipline.settings
    raw.local.remove(.canonical)
    typing.discipline.change(to: raw)
    #expect(typing.read() == "abc")
    _ = typing.type("xy")
    typing.discipline.change(to: Termios.standard)
    #expect(typing.read() == "xy")
  }

  @Test func settingsSurviveTheirCLayout() {
    var settings = Termios.standard
    settings.inputSpeed = 115_200
    settings.characters[4] = 9
    let bytes = settings.encoded(withSpeeds: true)
    #expect(bytes.count == Termios.size2)
    let back = Termios.standard.changed(by: bytes)
    #expect(back.encoded(withSpeeds: true) == bytes)
  }
}
