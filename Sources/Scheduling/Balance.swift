import Locking
import Machine
import Synchronization

/// Kinds of objects whose references the checked kernel watches.
public enum CountedKind: Int, CaseIterable, Sendable {
  case thread, process, addressSpace, fileTable, openFile

  /// As `/proc/apus/live` has it.
  public var name: StaticString {
    switch self {
    case .thread: "threads"
    case .process: "processes"
    case .addressSpace: "address_spaces"
    case .fileTable: "file_tables"
    case .openFile: "open_files"
    }
  }
}

/// Whether references balance, in the checked kernel; in the ordinary one all of it compiles to nothing. So it does under
/// the explorer, which drops what a schedule that it gave up had begun, tables of processors included.
///
/// - How many objects of each kind there are (`/proc/apus/live`): the storms compare that before and after.
/// - Of an object that its owner has let go of for good (`letGo`: a process that was waited for, a table of descriptors
///   whose last user left) it is expected that it is freed soon: nobody may keep it but who looks at it at that moment.
///   One that is still there after a minute was retained once too often, or released once too rarely: the kernel stops,
///   and names who let go of it.
public enum Balance {
  @inline(__always) public static func made(_ kind: CountedKind) {
    #if CHECKED && !EXPLORED
    Scheduler.table?.sheet.made(kind)
    #endif
  }

  /// `object` is being freed: from its `deinit`.
  @inline(__always) public static func freed<Object: AnyObject>(_ kind: CountedKind, _ object: Object) {
    #if CHECKED && !EXPLORED
    Scheduler.table?.sheet.freed(kind, UInt(bitPattern: ObjectIdentifier(object)))
    #endif
  }

  /// The owner lets go of `object`, which should be freed soon. Takes no lock; in any context.
  @inline(__always) public static func letGo<Object: AnyObject>(_ object: Object) {
    #if CHECKED && !EXPLORED
    Scheduler.table?.sheet.letGo(UInt(bitPattern: ObjectIdentifier(object)))
    #endif
  }

  /// How many objects of a kind there are; 0 in the ordinary kernel.
  public static func count(_ kind: CountedKind) -> Int {
    #if CHECKED && !EXPLORED
    Scheduler.table?.sheet.count(kind) ?? 0
    #else
    0
    #endif
  }
}

#if CHECKED
/// One that was let go of: its address, 0 where the place is free, and how many looks it has outlived.
struct Departure: ~Copyable {
  let address = Atomic<UInt>(0)
  let looks = Atomic<Int>(0)
  #if hasFeature(Embedded)
  var trail = CallTrail()
  #endif
}

/// The counts, and the objects that are expected to go. Part of the table of processors.
final class BalanceSheet: @unchecked Sendable {
  private let counts = FixedArray<Atomic<Int>>(count: CountedKind.allCases.count) { _ in Atomic(0) }
  private var departures = FixedArray<Departure>(count: 1024) { _ in Departure() }
  private let nextLook = Atomic<UInt64>(0)

  /// How many looks an object may outlive. Looks, not time: a machine that stood still for a while reports nothing.
  static var patience: Int { 60 }

  func made(_ kind: CountedKind) { counts[kind.rawValue].wrappingAdd(1, ordering: .relaxed) }

  func count(_ kind: CountedKind) -> Int { counts[kind.rawValue].load(ordering: .relaxed) }

  /// An object of this address may be in one of eight places, so that freeing one looks at few.
  private static func place(_ address: UInt, _ index: Int) -> Int {
    (Int(truncatingIfNeeded: ((address &>> 4) &* 0x9e37_79b9_7f4a_7c15) &>> 54) &+ index) & 1023
  }

  func freed(_ kind: CountedKind, _ address: UInt) {
    let (_, left) = counts[kind.rawValue].wrappingSubtract(1, ordering: .relaxed)
    // On the host objects may be older than the machine that counts.
    #if hasFeature(Embedded)
    if left < 0 { Machine.panic("more objects freed than made, of kind", UInt64(kind.rawValue)) }
    #else
    _ = left
    #endif
    for index in 0..<8 {
      let place = BalanceSheet.place(address, index)
      if departures[place].address.load(ordering: .relaxed) == address {
        departures[place].address.store(0, ordering: .relaxed)
        return
      }
    }
  }

  /// Where all eight places are taken the object goes unwatched.
  func letGo(_ address: UInt) {
    for index in 0..<8 {
      let place = BalanceSheet.place(address, index)
      if departures[place].address.compareExchange(expected: 0, desired: address, ordering: .relaxed).exchanged {
        departures[place].looks.store(0, ordering: .relaxed)
        #if hasFeature(Embedded)
        let were = Machine.disableInterrupts()
        departures[place].trail.note()
        Machine.restoreInterrupts(were)
        #endif
        return
      }
    }
  }

  /// Looks whether something has outlived its time, if no CPU has just done so. `interval`: nanoseconds between looks.
  func look(_ now: UInt64, every interval: UInt64) {
    let due = nextLook.load(ordering: .relaxed)
    guard interval > 0, now >= due,
      nextLook.compareExchange(expected: due, desired: now &+ interval, ordering: .relaxed).exchanged
    else { return }
    look()
  }

  func look() {
    for place in 0..<departures.count {
      let address = departures[place].address.load(ordering: .relaxed)
      guard address != 0 else { continue }
      let (_, looks) = departures[place].looks.wrappingAdd(1, ordering: .relaxed)
      if looks > BalanceSheet.patience { stop(place, address) }
    }
  }

  private func stop(_ place: Int, _ address: UInt) -> Never {
    #if hasFeature(Embedded)
    let trail = departures[place].trail
    Machine.panic("object still referred to long after its end", UInt64(address), trail, "let go of it")
    #else
    Machine.panic("object still referred to long after its end", UInt64(address))
    #endif
  }
}
#endif
