#if CHECKED && hasFeature(Embedded)
import CX86
import Synchronization

/// Which CPU did something, and from where: the last callers.
public struct CallTrail {
  private var cpu: UInt64 = 0
  private var callers = InlineArray<10, UInt64>(repeating: 0)

  public init() {}

  /// Notes the caller and its callers. Interrupts are off.
  public mutating func note() {
    cpu = UInt64(Machine.cpu)
    var frame = apus_frame_pointer()
    for index in 0..<10 {
      callers[index] = 0
      guard let (caller, next) = PanicPrinter.caller(frame) else { continue }
      callers[index] = caller
      frame = next > frame && next &- frame < 0x10000 ? next : 0
    }
  }

  /// Prints "CPU n `did`" and the callers, in a panic.
  func show(_ did: StaticString) {
    PanicPrinter.print("CPU ")
    EarlyLog.write(decimal: cpu)
    PanicPrinter.print(" ")
    PanicPrinter.print(did)
    PanicPrinter.print(":\n")
    for index in 0..<10 where callers[index] != 0 { PanicPrinter.line(index, callers[index]) }
  }
}

/// Who freed what: for the checked kernel's report of a use after the end, which is to name both parties. A table by
/// address, in which a later entry takes the place of the oldest of four; what it says is believed only where the address
/// agrees.
@safe public struct TrailTable {
  private struct Trail {
    var address: UInt
    /// When it was noted, in ticks.
    var time: UInt64
    var callers: CallTrail
  }
  private let trails: UnsafeMutablePointer<Trail>
  private static var entries: Int { 2048 }

  /// Bytes of a table.
  public static var length: Int { MemoryLayout<Trail>.stride &* entries }

  /// A table in zeroed memory at `storage`, `length` bytes of it.
  public init(storage: UnsafeMutableRawPointer) {
    unsafe trails = storage.bindMemory(to: Trail.self, capacity: TrailTable.entries)
  }

  /// The first of the four places that an address may have.
  private func places(_ address: UInt) -> UnsafeMutablePointer<Trail> {
    unsafe trails + Int((((address &>> 4) &* 0x9e37_79b9_7f4a_7c15) &>> 55) &<< 2)
  }

  /// Notes that the caller frees `address`. Interrupts are off.
  public func note(_ address: UInt) {
    let places = unsafe places(address)
    var chosen = 0
    for index in 0..<4 {
      if unsafe places[index].address == address {
        chosen = index
        break
      }
      if unsafe places[index].time < places[chosen].time { chosen = index }
    }
    unsafe places[chosen].address = address
    unsafe places[chosen].time = Machine.ticks()
    unsafe places[chosen].callers.note()
  }

  /// Prints who freed `address`, in a panic.
  func printTrail(_ address: UInt) {
    let places = unsafe places(address)
    for index in 0..<4 where unsafe places[index].address == address {
      return unsafe places[index].callers.show("freed it here")
    }
    PanicPrinter.print("nobody knows who freed it\n")
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

  /// As `panic(_:_:)`, for a check that two parties fail together: names, too, where the other one `did` its part.
  public static func panic(_ message: StaticString, _ value: UInt64, _ other: CallTrail, _ did: StaticString) -> Never {
    _ = disableInterrupts()
    PanicPrinter.stop(message, at: nil, framePointer: apus_frame_pointer()) {
      PanicPrinter.print(" ")
      PanicPrinter.print(hex: value)
    } more: {
      other.show(did)
    }
  }
}
#endif
