import Devices
import Testing

/// An ACPI table: header, then `body`, laid at `address`.
private func table(_ signature: String, _ body: [UInt8], at address: UInt64, in memory: inout FakeMemory) {
  let length = 36 + body.count
  memory.put([UInt8](repeating: 0, count: length), at: address)
  memory.put(signature, at: address)
  memory.put(little(UInt32(length)), at: address + 4)
  memory.put(body, at: address + 36)
  memory.fixChecksum(address, count: UInt64(length), at: 9)
}

private func rsdp(revision: UInt8, rsdt: UInt32, xsdt: UInt64, at address: UInt64, in memory: inout FakeMemory) {
  memory.put([UInt8](repeating: 0, count: 36), at: address)
  memory.put("RSD PTR ", at: address)
  memory.put([revision], at: address + 15)
  memory.put(little(rsdt), at: address + 16)
  memory.put(little(UInt32(36)), at: address + 20)
  memory.put(little(xsdt), at: address + 24)
  memory.fixChecksum(address, count: 20, at: 8)
  memory.fixChecksum(address, count: 36, at: 32)
}

private let madt: [UInt8] =
  little(UInt32(0xfee0_0000)) + little(UInt32(1))
  + [0, 8, 0, 0] + little(UInt32(1))
  + [0, 8, 1, 4] + little(UInt32(1))
  + [0, 8, 2, 5] + little(UInt32(0))  // not enabled
  + [9, 16, 0, 0] + little(UInt32(300)) + little(UInt32(1)) + little(UInt32(7))
  + [1, 12, 2, 0] + little(UInt32(0xfec0_0000)) + little(UInt32(0))
  + [2, 10, 0, 0] + little(UInt32(2)) + little(UInt16(0))
  + [2, 10, 0, 9] + little(UInt32(9)) + little(UInt16(0xd))

@Suite struct ACPITests {
  @Test(arguments: [true, false]) func madtAndMCFG(extended: Bool) {
    var memory = FakeMemory()
    rsdp(revision: extended ? 2 : 0, rsdt: 0x2000, xsdt: extended ? 0x3000 : 0, at: 0x1000, in: &memory)
    let mcfg = [UInt8](repeating: 0, count: 8) + little(UInt64(0xb000_0000)) + [0, 0, 0, 255] + little(UInt32(0))
    table("RSDT", little(UInt32(0x4000)) + little(UInt32(0x5000)), at: 0x2000, in: &memory)
    table("XSDT", little(UInt64(0x4000)) + little(UInt64(0x5000)), at: 0x3000, in: &memory)
    table("APIC", madt, at: 0x4000, in: &memory)
    table("MCFG", mcfg, at: 0x5000, in: &memory)
    let machine = PlatformDescription(rsdp: 0x1000, memory: memory)
    #expect(machine.processors == [0, 4, 300])
    #expect(machine.localAPICAddress == 0xfee0_0000)
    #expect(machine.ioAPICs == [IOAPICDescription(id: 2, address: 0xfec0_0000, firstInterrupt: 0)])
    #expect(machine.wiring(ofISALine: 0) == InterruptWiring(interrupt: 2, levelTriggered: false, activeLow: false))
    #expect(machine.wiring(ofISALine: 9) == InterruptWiring(interrupt: 9, levelTriggered: true, activeLow: false))
    #expect(machine.wiring(ofISALine: 4) == InterruptWiring(interrupt: 4, levelTriggered: false, activeLow: false))
    #expect(machine.pciConfiguration?.address == 0xb000_0000)
    #expect(machine.pciConfiguration?.lastBus == 255)
  }

  @Test func brokenTablesAreRefused() {
    var memory = FakeMemory()
    #expect(ACPI(rsdp: 0, memory: memory) == nil)
    #expect(ACPI(rsdp: 0x1000, memory: memory) == nil)
    rsdp(revision: 0, rsdt: 0x2000, xsdt: 0, at: 0x1000, in: &memory)
    table("RSDT", little(UInt32(0x4000)), at: 0x2000, in: &memory)
    table("APIC", madt, at: 0x4000, in: &memory)
    memory.put([1], at: 0x4000 + 37)  // the checksum no longer holds
    #expect(PlatformDescription(rsdp: 0x1000, memory: memory).processors.isEmpty)
    memory.put([0], at: 0x1000)
    #expect(ACPI(rsdp: 0x1000, memory: memory) == nil)
  }

  /// Lengths that lie (an entry of length 0, one that reaches beyond the table) end the walk.
  @Test(arguments: [[0, 0], [0, 1], [0, 255], [1, 200]] as [[UInt8]]) func lyingEntries(entry: [UInt8]) {
    var memory = FakeMemory()
    rsdp(revision: 0, rsdt: 0x2000, xsdt: 0, at: 0x1000, in: &memory)
    table("RSDT", little(UInt32(0x4000)), at: 0x2000, in: &memory)
    table("APIC", Array(madt.prefix(16)) + entry, at: 0x4000, in: &memory)
    #expect(PlatformDescription(rsdp: 0x1000, memory: memory).processors == [0])
  }
}

@Suite struct MPTableTests {
  @Test func microvm() {
    var memory = FakeMemory()
    let entries: [UInt8] =
      [0, 0, 0x14, 3] + [UInt8](repeating: 0, count: 16)
      + [0, 1, 0x14, 1] + [UInt8](repeating: 0, count: 16)
      + [0, 2, 0x14, 0] + [UInt8](repeating: 0, count: 16)
      + [1, 0] + Array("ISA   ".utf8)
      + [2, 0, 17, 1] + little(UInt32(0xfec0_0000))
      + [3, 0, 0, 0, 0, 0, 0, 2]
      + [3, 0, 0xd, 0, 0, 5, 0, 5]
      + [3, 3, 0, 0, 0, 1, 0, 1]
    let length = 44 + entries.count
    memory.put([UInt8](repeating: 0, count: length), at: 0xf0100)
    memory.put("PCMP", at: 0xf0100)
    memory.put(little(UInt16(length)), at: 0xf0104)
    memory.put(little(UInt16(8)), at: 0xf0100 + 34)
    memory.put(little(UInt32(0xfee0_0000)), at: 0xf0100 + 36)
    memory.put(entries, at: 0xf0100 + 44)
    memory.fixChecksum(0xf0100, count: UInt64(length), at: 7)
    #expect(MPTable(memory: memory) == nil)
    memory.put(Array("_MP_".utf8) + little(UInt32(0xf0100)) + [1, 4] + [UInt8](repeating: 0, count: 6), at: 0xf0010)
    memory.fixChecksum(0xf0010, count: 16, at: 10)
    let machine = PlatformDescription(rsdp: 0, memory: memory)
    #expect(machine.processors == [0, 1])
    #expect(machine.ioAPICs.map(\.address) == [0xfec0_0000])
    #expect(machine.wiring(ofISALine: 0).interrupt == 2)
    #expect(machine.wiring(ofISALine: 5).levelTriggered)
    #expect(machine.wiring(ofISALine: 1).interrupt == 1)
  }
}

@Suite struct StartInfoTests {
  @Test func memoryMapModulesAndCommandLine() throws {
    var memory = FakeMemory()
    let info =
      little(UInt32(0x336e_c578)) + little(UInt32(1)) + little(UInt32(0)) + little(UInt32(1))
      + little(UInt64(0x7000)) + little(UInt64(0x6000)) + little(UInt64(0x1000)) + little(UInt64(0x8000))
      + little(UInt32(2)) + little(UInt32(0))
    memory.put(info, at: 0x500)
    memory.put("locks=big verbose\0", at: 0x6000)
    memory.put(little(UInt64(0x10_0000)) + little(UInt64(777)) + little(UInt64(0)) + little(UInt64(0)), at: 0x7000)
    memory.put(little(UInt64(0)) + little(UInt64(0x9fc00)) + little(UInt32(1)) + little(UInt32(0)), at: 0x8000)
    memory.put(little(UInt64.max - 1) + little(UInt64(8)) + little(UInt32(2)) + little(UInt32(0)), at: 0x8018)
    let start = try #require(StartInfo(at: 0x500, memory: memory))
    #expect(start.rsdp == 0x1000)
    #expect(start.module(0) == MemoryRange(start: 0x10_0000, length: 777, isUsable: false))
    #expect(start.module(1) == nil && start.module(-1) == nil)
    var ranges: [MemoryRange] = []
    start.forEachMemoryRange { ranges.append($0) }
    #expect(ranges.map(\.isUsable) == [true, false])
    #expect(ranges.map(\.end) == [0x9fc00, .max])
    #expect(start.commandLine.value(of: "locks")?.is("big") == true)
    #expect(StartInfo(at: 0x501, memory: memory) == nil)
  }
}

@Suite struct CommandLineTests {
  private func line(_ text: String) -> CommandLine<FakeMemory> {
    var memory = FakeMemory()
    memory.put(text + "\0", at: 0x100)
    return CommandLine(at: 0x100, memory: memory)
  }

  @Test func words() {
    let line = line("  locks=split  verbose clock=1790000000 locks=fine size=64M")
    #expect(line.value(of: "locks")?.is("fine") == true)
    #expect(line.has("verbose") && !line.has("verb") && !line.has("lock"))
    #expect(line.value(of: "verbose")?.count == 0)
    #expect(line.value(of: "clock")?.number == 1_790_000_000)
    #expect(line.value(of: "size")?.number == 64 << 20)
    #expect(line.value(of: "locks")?.number == nil)
    #expect(line.value(of: "locks")?.bytes == Array("fine".utf8))
    #expect(CommandLine(at: 0, memory: FakeMemory()).count == 0)
  }

  @Test func virtioDevices() {
    var devices: [VirtioMMIODescription] = []
    line("x virtio_mmio.device=512@0xfeb00e00:12 virtio_mmio.device=1K@0xfeb00c00:11:3 virtio_mmio.device=@:")
      .forEachVirtioDevice { devices.append($0) }
    #expect(
      devices == [
        VirtioMMIODescription(address: 0xfeb0_0e00, length: 512, interruptLine: 12),
        VirtioMMIODescription(address: 0xfeb0_0c00, length: 1024, interruptLine: 11),
      ])
  }

  @Test func numbersThatDoNotFit() {
    #expect(line("a=99999999999999999999").value(of: "a")?.number == nil)
    #expect(line("a=0xffffffffffffffff").value(of: "a")?.number == .max)
    #expect(line("a=17179869184G").value(of: "a")?.number == nil)
    #expect(line("a=0x").value(of: "a")?.number == nil)
  }
}
