#if hasFeature(Embedded)
import CX86
import Synchronization

/// Prints a panic on COM1 and ends the machine. No lock, no allocation; one CPU prints, the others stop.
enum PanicPrinter {
  /// Prints the message, what `details` prints behind it, and the backtrace: from `address` where the code that failed
  /// was interrupted there, then the callers found from `framePointer`, then what `more` prints. Called with interrupts off.
  static func stop(
    _ message: StaticString, at address: UInt64?, framePointer: UInt64, details: () -> Void, more: () -> Void = {}
  ) -> Never {
    if apus_claim_panic() {
      LocalAPIC.sendNMIToOthers()
      print("\nAPUS PANIC: ")
      print(message)
      details()
      print(" on CPU ")
      print(hex: UInt64(Machine.cpu))
      print("\n")
      if let address { line(0, address) }
      backtrace(framePointer)
      more()
      print("APUS PANIC END\n")
      apus_out32(0xf4, 0x23)
    }
    apus_halt_forever()
    while true {}
  }

  /// Return addresses, innermost first, as long as the chain of frame pointers stays in the kernel's half and
  /// grows.
  static func backtrace(_ start: UInt64) {
    var frame = start
    for number in 0..<40 {
      guard let (address, next) = caller(frame) else { return }
      line(number, address)
      guard next > frame, next &- frame < 0x10000 else { return }
      frame = next
    }
  }

  /// The return address of the function with this frame, and the frame of its caller; nil where there is none.
  static func caller(_ frame: UInt64) -> (address: UInt64, next: UInt64)? {
    guard frame >= 0x0000_7e80_0000_0000, frame & 7 == 0 else { return nil }
    guard let words = unsafe UnsafePointer<UInt64>(bitPattern: UInt(frame)) else { return nil }
    let (address, next) = unsafe (words[1], words[0])
    guard address >= apus_kernel_start(), address < apus_text_end() else { return nil }
    return (address, next)
  }

  static func line(_ number: Int, _ address: UInt64) {
    print("#")
    print(hex: UInt64(number))
    print(" ")
    print(hex: address)
    print("\n")
  }

  static func print(_ text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount { put(unsafe text.utf8Start[index]) }
  }

  static func print(hex value: UInt64) {
    put(0x30)
    put(0x78)
    var shift = 60
    while shift > 0, value >> UInt64(shift) == 0 { shift -= 4 }
    while shift >= 0 {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift) & 15)
      put(digit < 10 ? 0x30 + digit : 0x57 + digit)
      shift -= 4
    }
  }

  static func put(_ byte: UInt8) {
    // The host's thread that empties the port may not run for a while: bytes were lost after 10,000 looks.
    var patience = 500_000
    while apus_in8(0x3fd) & 0x20 == 0, patience > 0 { patience -= 1 }
    apus_out8(0x3f8, byte)
  }
}

extension Machine {
  /// The panic of an exception in the kernel: message, cause, and the backtrace of the interrupted code.
  public static func panic(_ message: StaticString, frame: UnsafePointer<apus_frame>, address: UInt64) -> Never {
    _ = disableInterrupts()
    let frame = unsafe frame.pointee
    PanicPrinter.stop(message, at: frame.rip, framePointer: frame.rbp) {
      PanicPrinter.print(", vector ")
      PanicPrinter.print(hex: frame.vector)
      PanicPrinter.print(", code ")
      PanicPrinter.print(hex: frame.code)
      PanicPrinter.print(", address ")
      PanicPrinter.print(hex: address)
      PanicPrinter.print(", stack ")
      PanicPrinter.print(hex: frame.rsp)
    }
  }

  /// Whether some CPU has panicked: others stop at their next NMI.
  public static var hasPanicked: Bool { apus_has_panicked() }
}

extension Machine {
  /// Stops the machine with a report of several CPUs: `body` prints the first line and whatever else is known, then
  /// each of `cpus` is asked for its backtrace by NMI, one after the other, and halts. Takes no lock.
  public static func stop(reporting cpus: (Int) -> Bool, _ body: () -> Void) -> Never {
    _ = disableInterrupts()
    if apus_claim_panic() {
      PanicPrinter.print("\nAPUS PANIC: ")
      body()
      for cpu in 0..<cpuLimit where cpus(cpu) { printBacktrace(of: cpu) }
      PanicPrinter.print("APUS PANIC END\n")
      apus_out32(0xf4, 0x23)
    }
    apus_halt_forever()
    while true {}
  }

  private static func printBacktrace(of cpu: Int) {
    PanicPrinter.print("CPU ")
    EarlyLog.write(decimal: UInt64(cpu))
    if cpu == self.cpu {
      PanicPrinter.print(" reports:\n")
      return PanicPrinter.backtrace(apus_frame_pointer())
    }
    apus_set_backtrace_of(UInt32(cpu) &+ 1)
    LocalAPIC.sendNMI(to: cpu)
    let patience = now() &+ 2_000_000_000
    while apus_backtrace_of() != 0, now() < patience { pause() }
    if apus_backtrace_of() != 0 { PanicPrinter.print(" does not answer its NMI\n") }
  }

  /// In an NMI after a panic: prints where this CPU was when it is the one that is asked.
  public static func answerBacktrace(_ frame: UnsafePointer<apus_frame>) {
    guard apus_backtrace_of() == UInt32(cpu) &+ 1 else { return }
    if unsafe frame.pointee.cs & 3 != 0 {
      PanicPrinter.print(" was in a user program\n")
    } else {
      PanicPrinter.print(unsafe frame.pointee.rflags & 0x200 != 0 ? " was here:\n" : " was here, with interrupts off:\n")
      unsafe PanicPrinter.line(0, frame.pointee.rip)
      unsafe PanicPrinter.backtrace(frame.pointee.rbp)
    }
    apus_set_backtrace_of(0)
  }
}

@c(apus_stack_smashed) public func stackSmashed() { Machine.panic("stack smashed") }

/// The kernel log: COM1, a byte at a time. Lines of one CPU; boot and the log lock keep them apart.
public enum EarlyLog {
  public static func write(_ text: StaticString) { PanicPrinter.print(text) }
  public static func put(_ byte: UInt8) { PanicPrinter.put(byte) }
  public static func write(hex value: UInt64) { PanicPrinter.print(hex: value) }
  public static func write(decimal value: UInt64) {
    if value >= 10 { write(decimal: value / 10) }
    PanicPrinter.put(0x30 + UInt8(value % 10))
  }
}
#endif
