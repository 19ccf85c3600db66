import Testing

@testable import apus

/// What the tool reads from the guest, from QEMU and from other programs.
@Suite struct TextTests {
  @Test func controlLines() {
    #expect(ControlLine("boot 12 34") == .boot(nanoseconds: 12, ticks: 34))
    #expect(ControlLine("exit 3") == .exit(3))
    #expect(ControlLine("exit 300") == .exit(44))
    #expect(ControlLine("unknown 436 2") == .unknown(number: 436, count: 2))
    #expect(ControlLine("what is this") == nil)
    #expect(ControlLine("") == nil)
  }

  @Test func linesComeInPieces() {
    var splitter = LineSplitter()
    #expect(splitter.lines(Array("exi".utf8)) == [])
    #expect(splitter.lines(Array("t 3\nboot".utf8)) == ["exit 3"])
    #expect(splitter.lines(Array(" 1 2\n\n".utf8)) == ["boot 1 2", ""])
  }

  @Test func theEscapeKey() {
    var escape = EscapeKey()
    func keys(_ keys: [UInt8]) -> ([UInt8], Bool) {
      let result = escape.filter(keys)
      return (result.send, result.leave)
    }
    #expect(keys([97, 98]) == ([97, 98], false))
    #expect(keys([1]) == ([], false))
    #expect(keys([1]) == ([1], false))
    #expect(keys([1, 98]) == ([1, 98], false))
    #expect(keys([97, 1]) == ([97], false))
    #expect(keys([120, 99]) == ([], true))
  }

  @Test func sizes() {
    #expect(MemorySize(argument: "512M")?.mebibytes == 512)
    #expect(MemorySize(argument: "2g")?.mebibytes == 2048)
    #expect(MemorySize(argument: "128")?.mebibytes == 128)
    #expect(MemorySize(argument: "2048K")?.mebibytes == 2)
    for wrong in ["", "M", "-1M", "1.5G", "5X", "99999999999999999999", "9999999999T", "1K"] {
      #expect(MemorySize(argument: wrong) == nil, "\(wrong)")
    }
    #expect(MemorySize(mebibytes: 2048).description == "2G")
  }

  @Test func panics() {
    let log = """
      [0.1] starting
      APUS PANIC: index out of range
      cpu 3
      #0 0xffffffff80001234
      #1 0x10
      APUS PANIC END
      APUS PANIC: another
      """
    let report = PanicReport(log: log)
    #expect(report?.message == "index out of range")
    #expect(report?.addresses == [0xffff_ffff_8000_1234, 0x10])
    #expect(report?.details == ["cpu 3"])
    #expect(PanicReport(log: "all is well\n") == nil)
    #expect(PanicReport(log: "APUS PANIC: cut off")?.message == "cut off")
  }

  @Test func symbolizerAnswers() {
    let text = "inner\n/a/b.swift:12:3\nouter\n/a/c.swift:7:1\n\n??\n??:0:0\n\n"
    let places = Symbolizer.parse(text, count: 2)
    #expect(places.count == 2)
    #expect(places[0].map(\.text) == ["inner at /a/b.swift:12", "outer at /a/c.swift:7"])
    #expect(places[1].map(\.text) == ["??"])
  }

  @Test func registersOfHangingCPUs() {
    let text = """
      (qemu) info registers -a

      CPU#0
      RAX=0000000000000000 RBX=0
      RIP=ffffffff80100000 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1

      CPU#1
      RIP=0000000000401000 RFL=00000202 [-------] CPL=3 II=0 A20=1 SMM=0 HLT=0
      """
    #expect(
      Monitor.parse(text) == [
        CPUState(number: 0, instruction: 0xffff_ffff_8010_0000, isHalted: true, isInUserMode: false),
        CPUState(number: 1, instruction: 0x401000, isHalted: false, isInUserMode: true),
      ])
  }

  @Test func framesOfTheOracle() {
    let text = "noise\n=== sort 0 4 2\na\nb\ne\n\n=== cut 1 3 0\nxx\n\n=== lost 0 100 0\nabc"
    let frames = OracleFrame.parse(Array(text.utf8))
    #expect(frames.map(\.name) == ["sort", "cut"])
    #expect(frames.map(\.status) == [0, 1])
    #expect(frames[0].output == Array("a\nb\n".utf8))
    #expect(frames[0].error == Array("e\n".utf8))
  }

  @Test func unitTestReports() {
    let cases = XUnit.cases(
      "<testsuite><testcase classname=\"A\" name=\"b()\" time=\"1\"/><testcase name=\"c\"><failure message=\"is &quot;x&quot;\"/>")
    #expect(cases.map(\.name) == ["A.b()", "c"])
    #expect(cases.map(\.failure) == [nil, "is \"x\""])
  }

  @Test func checksOfPrograms() {
    let lines = CheckLines("ok   pipe: full\nFAIL stack: grows: got 1\nnoise\n")
    #expect(lines.checks.map(\.name) == ["pipe: full", "stack: grows"])
    #expect(lines.checks.map(\.failure) == [nil, "got 1"])
    #expect(lines.rest == ["noise"])
  }

  @Test func measurements() {
    let found = Measurements("boot 12\r\n[ 0.1] noise here\nnull 329\r\n")
    #expect(found["null"] == 329)
    #expect(found.values.count == 2)
  }

  @Test func codeWithoutCommentsAndStrings() {
    let text = "let a = 1 // unsafe\n/* unsafe\nunsafe */ let b = \"unsafe \\\" //\" + c\nlet d = \"\"\"\n unsafe\n \"\"\"\n"
    let code = SourceFile.strip(text)
    #expect(code.count == 6)
    #expect(!code.contains { $0.contains("unsafe", asWord: true) })
    #expect(code[2] == " let b = \"\" + c")
    #expect("unsafe let".contains("unsafe", asWord: true))
    #expect(!"unsafely".contains("unsafe", asWord: true))
  }
}

@Suite struct KnownFailureTests {
  @Test func namesWithStars() {
    let known = KnownFailures("# a comment — here\noracle/*/sort — not yet\nscale/255 CPUs — slow\nrun/* — all\n")
    #expect(known.reason(for: "oracle/fine-4-q35/sort") == "not yet")
    #expect(known.reason(for: "oracle/fine-4-q35/sort-orders") == nil)
    #expect(known.reason(for: "scale/255 CPUs") == "slow")
    #expect(known.reason(for: "scale/255 CPUs on q35") == nil)
    #expect(known.reason(for: "run/anything") == "all")
  }
}
