import Locking
import Machine

extension Text {
  /// `/proc/cpuinfo`: what CPUID says, a paragraph per CPU. All CPUs are alike.
  mutating func addProcessors(_ online: CPUSet) {
    let cpu = CPUIdentity()
    let count = online.count
    online.forEach { index in
      row("processor\t: ") { $0.add(index) }
      row("vendor_id\t: ") { $0.add(cpu.vendor) }
      row("cpu family\t: ") { $0.add(cpu.family) }
      row("model\t\t: ") { $0.add(cpu.model) }
      row("model name\t: ") { $0.add(cpu.name) }
      row("stepping\t: ") { $0.add(cpu.stepping) }
      row("cpu MHz\t\t: ") { $0.addMegahertz() }
      row("cache size\t: ") { $0.add("512 KB") }
      row("physical id\t: ") { $0.add(0) }
      row("siblings\t: ") { $0.add(count) }
      row("core id\t\t: ") { $0.add(index) }
      row("cpu cores\t: ") { $0.add(count) }
      row("apicid\t\t: ") { $0.add(UInt64(Machine.apicID(ofCPU: index) ?? 0)) }
      row("initial apicid\t: ") { $0.add(UInt64(Machine.apicID(ofCPU: index) ?? 0)) }
      row("fpu\t\t: ") { $0.add("yes") }
      row("fpu_exception\t: ") { $0.add("yes") }
      row("cpuid level\t: ") { $0.add(cpu.highestLeaf) }
      row("wp\t\t: ") { $0.add("yes") }
      row("flags\t\t:") { $0.addFeatures() }
      row("bugs\t\t:") { _ in }
      row("bogomips\t: ") { $0.add(hundredths: Machine.ticksPerSecond / 5000) }
      row("clflush size\t: ") { $0.add(64) }
      row("cache_alignment\t: ") { $0.add(64) }
      row("address sizes\t: ") {
        $0.add(cpu.physicalBits)
        $0.add(" bits physical, ")
        $0.add(cpu.virtualBits)
        $0.add(" bits virtual")
      }
      row("power management:") { _ in }
      newLine()
    }
  }

  private mutating func row(_ label: StaticString, _ value: (inout Text) -> Void) {
    add(label)
    value(&self)
    newLine()
  }

  private mutating func addMegahertz() {
    let kilohertz = Machine.ticksPerSecond / 1000
    add(kilohertz / 1000)
    add(byte: 0x2e)
    add(kilohertz % 1000, width: 3, pad: 0x30)
  }

  private mutating func addFeatures() {
    for set in CPUFeatures.sets {
      let registers = Machine.identification(leaf: set.leaf)
      let bits = set.register == 1 ? registers.ebx : set.register == 2 ? registers.ecx : registers.edx
      for (bit, name) in set.names where bits >> bit & 1 == 1 {
        add(byte: 0x20)
        add(name)
      }
    }
  }
}

/// Vendor, family, model and name (Intel SDM vol. 2A, CPUID, leaves 0, 1, 0x80000002 to 4 and 8).
struct CPUIdentity {
  let highestLeaf: UInt32
  let vendor: [UInt8]
  let family: UInt32
  let model: UInt32
  let stepping: UInt32
  let name: [UInt8]
  let physicalBits: UInt32
  let virtualBits: UInt32

  init() {
    let basic = Machine.identification(leaf: 0)
    highestLeaf = basic.eax
    vendor = Self.bytes([basic.ebx, basic.edx, basic.ecx])
    let signature = Machine.identification(leaf: 1).eax
    stepping = signature & 0xf
    let baseFamily = signature >> 8 & 0xf
    family = baseFamily == 0xf ? baseFamily + (signature >> 20 & 0xff) : baseFamily
    let baseModel = signature >> 4 & 0xf
    model = baseFamily == 6 || baseFamily == 0xf ? baseModel | (signature >> 16 & 0xf) << 4 : baseModel
    var words: [UInt32] = []
    let highestExtended = Machine.identification(leaf: 0x8000_0000).eax
    if highestExtended >= 0x8000_0004 {
      for leaf in UInt32(0x8000_0002)...0x8000_0004 {
        let r = Machine.identification(leaf: leaf)
        words += [r.eax, r.ebx, r.ecx, r.edx]
      }
    }
    var name = Self.bytes(words).filter { $0 != 0 }
    while name.first == 0x20 { name.removeFirst() }
    self.name = name
    let sizes = highestExtended >= 0x8000_0008 ? Machine.identification(leaf: 0x8000_0008).eax : 48 << 8 | 36
    physicalBits = sizes & 0xff
    virtualBits = sizes >> 8 & 0xff
  }

  private static func bytes(_ words: [UInt32]) -> [UInt8] {
    var bytes: [UInt8] = []
    for word in words {
      for shift in 0..<UInt32(4) { bytes.append(UInt8(truncatingIfNeeded: word >> (shift * 8))) }
    }
    return bytes
  }
}
