#if CHECKED && hasFeature(Embedded)
import CX86
import Synchronization

/// Who freed what: for the checked kernel's report of a use after the end, which is to name both parties. A table by
/// address, in which a later entry takes the place of an older one; what it says is believed only where the address agrees.
@safe public struct TrailTable {
  private struct Trail {
    var address: UInt
    var cpu: UInt64
    var callers: InlineArray<10, UInt64>
  }
  private let trails: UnsafeMutablePointer<Trail>
  private static var entries: Int { 2048 }

  /// Bytes of a table.
  public static var length: Int { MemoryLayout<Trail>.stride &* entries }

  /// A table in zeroed memory at `storage`, `length` bytes of it.
  public init(storage: UnsafeMutableRawPointer) {
    unsafe trails = storage.bindMemory(to: Trail.self, capacity: TrailTable.entries)
  }

  private func trail(_ address: UInt) -> UnsafeMutablePointer<Trail> {
    unsafe trails + Int(((address &>> 4) &* 0x9e37_79b9_7f4a_7c15) &>> 53)
  }

  /// Notes that the caller frees `address`. Interrupts are off.
  public func note(_ address: UInt) {
    let trail = unsafe trail(address)
    unsafe trail.pointee.address = address
    unsafe trail.pointee.cpu = UInt64(Machine.cpu)
    var frame = apus_frame_pointer()
    for index in 0..<10 {
      unsafe trail.pointee.callers[index] = 0
      guard let (caller, next) = PanicPrinter.caller(frame) else { continue }
      unsafe trail.pointee.callers[index] = caller
      frame = next > frame && next &- frame < 0x10000 ? next : 0
    }
  }

  /// Prints who freed `address`, in a panic.
  func printTrail(_ address: UInt) {
    let trail = unsafe trail(address)
    guard unsafe trail.pointee.address == address else { return PanicPrinter.print("nobody knows who freed it\n") }
    PanicPrinter.print("CPU ")
    EarlyLog.write(decimal: unsafe trail.pointee.cpu)
    PanicPrinter.print(" freed it here:\n")
    for index in 0..<10 {
      let caller = unsafe trail.pointee.callers[index]
      if caller != 0 { PanicPrinter.line(index, caller) }
    }
  }
}

extension Machine {
  /// As `panic(_:_:)`, for a misuse of what was freed: names, too, who freed `address`.
  public static func panic(_ message: StaticString, freed address: UInt, _ trails: TrailTable) -> Never {
    _ = disableInterrupts()
    PanicPrinter.stop(message, at: nil, framePointer: apus_frame_pointer()) {
      PanicPrinter.print(" ")
      PanicPrinter.print(hex: UInt64(address))
    } more: {
      trails.printTrail(address)
    }
  }
}
#endif
