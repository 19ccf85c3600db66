import Devices
import Locking
import Machine

extension Text {
  /// `/proc/interrupts`: a row per source, a column per CPU.
  mutating func addInterrupts(_ online: CPUSet, _ controller: InterruptController?) {
    add("    ")
    online.forEach { cpu in
      var name = Text()
      name.add("CPU")
      name.add(cpu)
      for _ in name.bytes.count..<11 { add(byte: 0x20) }
      add(name.bytes)
    }
    newLine()
    controller?.forEachLine { line in
      add(UInt64(line.vector), width: 3)
      add(":")
      addCounts(online, line.vector)
      add("  APIC  ")
      add(line.name)
      newLine()
    }
    addRow("LOC", online, Vector.timer, "Local timer interrupts")
    addRow("RES", online, Vector.reschedule, "Rescheduling interrupts")
    addRow("PRE", online, Vector.preempt, "Preemption interrupts")
    addRow("NMI", online, 2, "Non-maskable interrupts (kicks of halted CPUs)")
    addRow("SPU", online, Vector.spurious, "Spurious interrupts")
  }

  private mutating func addRow(_ label: StaticString, _ online: CPUSet, _ vector: UInt8, _ name: StaticString) {
    add(label)
    add(":")
    addCounts(online, vector)
    add("  ")
    add(name)
    newLine()
  }

  private mutating func addCounts(_ online: CPUSet, _ vector: UInt8) {
    online.forEach { cpu in
      add(byte: 0x20)
      add(Machine.interruptCount(cpu: cpu, vector: vector) ?? 0, width: 10)
    }
  }
}
