import Testing

@testable import ProcFS

private func text(_ make: (inout Text) -> Void) -> String {
  var text = Text()
  make(&text)
  return String(decoding: text.bytes, as: UTF8.self)
}

@Suite struct TextTests {
  @Test func numbers() {
    #expect(text { $0.add(UInt64.max) } == "18446744073709551615")
    #expect(text { $0.add(Int.min) } == "-9223372036854775808")
    #expect(text { $0.add(-5, width: 4) } == "  -5")
    #expect(text { $0.add(UInt64(0)) } == "0")
    #expect(text { $0.add(hex: 0xabc, digits: 8) } == "00000abc")
    #expect(text { $0.add(UInt64(0o22), radix: 8, width: 4, pad: 0x30) } == "0022")
    #expect(text { $0.add(hundredths: 12305) } == "123.05")
    #expect(text { $0.add(UInt64.max, radix: 2) }.count == 64)
  }

  @Test func setsOfCPUs() {
    #expect(text { $0.add(mask: [0xf]) } == "f")
    #expect(text { $0.add(mask: [0x1_0000_0001, 0]) } == "1,00000001")
    #expect(text { $0.add(mask: []) } == "0")
    #expect(text { $0.add(list: [0xf, 0]) } == "0-3")
    #expect(text { $0.add(list: [0b1011, 1]) } == "0-1,3,64")
    #expect(text { $0.add(list: [.max, .max]) } == "0-127")
    #expect(text { $0.add(list: [0]) } == "")
  }

  @Test func escapesAsInMounts() {
    #expect(text { $0.add(escaping: Array("a b\\c".utf8)) } == "a\\040b\\134c")
  }

  @Test func columns() {
    #expect(text { $0.add("x\nab"); $0.pad(to: 4); $0.add("c") } == "x\nab  c")
  }

  @Test func inputs() {
    func name(_ text: String) -> Int32? { decimalName(Array(text.utf8).span) }
    #expect(name("1") == 1 && name("0") == 0 && name("32768") == 32768)
    #expect(name("01") == nil && name("") == nil && name("1x") == nil && name("99999999999") == nil)
    #expect(name("4294967296") == nil)
    func input(_ text: String) -> Int? { decimalInput(Array(text.utf8)) }
    #expect(input("-17\n") == -17 && input(" 5 ") == 5)
    #expect(input("") == nil && input("-") == nil && input("5 5") == nil && input("9999999999999999999") == nil)
  }

  @Test func uuid() {
    #expect(text { $0.addUUID(0, .max) } == "00000000-0000-4000-bfff-ffffffffffff\n")
  }

  /// The widths of Linux's seq_header in kernel/locking/lockdep_proc.c.
  @Test func lockTable() {
    let lines = text { $0.addLockStatistics() }.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "lock_stat version 0.4")
    #expect(lines[1] == String(repeating: "-", count: 221)[...])
    #expect(lines[2].count == 40 + 12 * 15)
    #expect(lines[2].hasPrefix(String(repeating: " ", count: 30) + "class name    con-bounces    contentions"))
    #expect(lines[4] == "")
    // A class's row has a colon behind its name; the rows of who waited, which may follow, have none.
    for line in lines.dropFirst(5) where line.dropFirst(40).first == ":" { #expect(line.count == 40 + 1 + 12 * 15 - 1) }
  }
}

@Suite struct ProcessTextTests {
  private var sample: ProcessInformation {
    var p = ProcessInformation()
    p.id = 42
    p.process = 42
    p.parent = 1
    p.group = 42
    p.session = 7
    p.name = Array("a (b) c".utf8)
    p.nice = -5
    p.userTime = 1_230_000_000
    p.startTime = 99_990_000_000
    p.virtualSize = 8192
    p.residentPages = 2
    p.pending = 1 << 63
    p.blocked = 3
    p.exitCode = -1
    p.users = (1, 2, 3, 4)
    p.supplementaryGroups = [5, 6]
    p.allowedCPUs = [3]
    return p
  }

  @Test func stat() throws {
    let line = text { $0.addStat(sample) }
    #expect(line.hasPrefix("42 (a (b) c) S 1 42 7 0 -1 4194304 0 0 0 0 123 0 0 0 15 -5 1 0 9999 8192 2 "))
    // Fields 3 to 52 follow the name.
    let end = try #require(line.lastIndex(of: ")"))
    let fields = line[line.index(after: end)...].split(whereSeparator: \.isWhitespace)
    #expect(fields.count == 50)
    #expect(fields[25] == "18446744073709551615" || fields[22] == "18446744073709551615")
    #expect(fields.last == "-1")
    #expect(fields[28] == "0", "signal 64 is not in the old mask")
  }

  @Test func status() {
    let lines = text { $0.addStatus(sample) }.split(separator: "\n")
    #expect(lines.contains("Name:\ta (b) c"))
    #expect(lines.contains("State:\tS (sleeping)"))
    #expect(lines.contains("Uid:\t1\t2\t3\t4"))
    #expect(lines.contains("Groups:\t5 6 "))
    #expect(lines.contains("VmSize:\t       8 kB"))
    #expect(lines.contains("SigPnd:\t8000000000000000"))
    #expect(lines.contains("Cpus_allowed_list:\t0-1"))
    #expect(lines.contains("Umask:\t0022"))
  }

  @Test func aZombieHasNoSizes() {
    var zombie = sample
    zombie.state = .zombie
    let status = text { $0.addStatus(zombie) }
    #expect(!status.contains("VmSize") && !status.contains("Umask") && status.contains("Z (zombie)"))
  }

  @Test func loadIsRounded() {
    var totals = SystemTotals()
    totals.load = (2048, 1024, 0)
    totals.runnableThreads = 1
    totals.allThreads = 45
    totals.lastProcess = 123
    #expect(text { $0.addLoad(totals) } == "1.00 0.50 0.00 1/45 123\n")
  }
}
