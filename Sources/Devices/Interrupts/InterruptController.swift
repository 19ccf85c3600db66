import Locking
import Machine
import Synchronization

/// Device interrupts: which vector stands for which device line, and which CPU takes it.
///
/// A line is connected once and stays. Dispatching takes no lock: a vector's slot is written once and then only
/// read. New lines go to the CPUs in turn, so that no CPU is special (`spread` repeats that when the set of CPUs
/// changes).
public final class InterruptController: Sendable {
  /// Vectors handed out to devices; those below are the processor's exceptions and the 8259's, those above the
  /// kernel's own.
  public static var vectors: Range<UInt8> { 0x30..<0xe0 }

  private let lines: [Slot]
  private let connected = Atomic<Int>(0)
  private let ioAPICs: [IOAPIC]
  private let platform: PlatformDescription
  private let targets: IrqLock<Targets>

  /// A vector's place. (An InlineArray of them crashes the compiler, Swift 6.3.1.)
  private final class Slot: Sendable {
    let line = AtomicLazyReference<InterruptLine>()
  }

  /// Which CPUs take interrupts. No memory of the heap: letting go of it under the lock would take the heap's, which comes
  /// before a device's, and the compiler may let go of a value as soon as it is used for the last time.
  struct Targets {
    var cpus: CPUSet
    var last = 0

    /// The local APIC id of the CPU whose turn it is.
    mutating func take() -> UInt8 {
      last = cpus.first(from: last &+ 1) ?? last
      return Machine.apicID(ofCPU: last) ?? 0
    }
  }

  /// Masks every pin of every I/O APIC.
  /// - Parameter cpus: the CPUs that take interrupts now, at least one.
  public init(_ platform: PlatformDescription, cpus: CPUSet) {
    self.platform = platform
    lines = Self.vectors.map { _ in Slot() }
    ioAPICs = platform.ioAPICs.map { IOAPIC($0) }
    targets = IrqLock(.device, Targets(cpus: cpus))
  }

  /// Calls the handler of `vector`, on the CPU that took the interrupt, with interrupts off. The caller
  /// acknowledges the interrupt at the local APIC afterwards.
  public func dispatch(vector: UInt8) {
    guard Self.vectors.contains(vector) else { return }
    lines[Int(vector &- Self.vectors.lowerBound)].line.load()?.handler()
  }

  /// Connects a line that arrives at an I/O APIC and unmasks it.
  /// - Parameter handler: called in interrupt context, on any CPU: must not sleep, allocate, or take a lock that
  ///   is not an `IrqLock`.
  /// - Returns: nil when no I/O APIC has that pin or no vector is left.
  @discardableResult
  public func connect(
    _ wiring: InterruptWiring, name: StaticString, handler: @escaping () -> Void
  ) -> InterruptLine? {
    guard let ioAPIC = ioAPICs.first(where: { $0.interrupts.contains(wiring.interrupt) }) else { return nil }
    return connect(name: name, handler: handler) { vector, target in
      ioAPIC.route(wiring, vector: vector, to: target)
    }
  }

  /// Connects the ISA interrupt `line`.
  @discardableResult
  public func connect(isaLine line: UInt8, name: StaticString, handler: @escaping () -> Void) -> InterruptLine? {
    connect(platform.wiring(ofISALine: line), name: name, handler: handler)
  }

  /// Connects a line of any kind. `route` makes its interrupts arrive as a vector at the CPU with a local APIC id,
  /// and is called again to move it.
  @discardableResult
  public func connect(
    name: StaticString, handler: @escaping () -> Void, route: @escaping (_ vector: UInt8, _ apicID: UInt8) -> Void
  ) -> InterruptLine? {
    let index = connected.wrappingAdd(1, ordering: .relaxed).oldValue
    guard index < lines.count else { return nil }
    let vector = Self.vectors.lowerBound &+ UInt8(index)
    let line = lines[index].line.storeIfNil(InterruptLine(vector: vector, name: name, handler: handler, route: route))
    route(vector, targets.withLock { $0.take() })
    return line
  }

  /// From now on these CPUs (at least one) take all device interrupts, in turn. For when CPUs come and go. Called by one
  /// thread at a time, with no lock held.
  public func spread(over cpus: CPUSet) {
    guard !cpus.isEmpty else { return }
    targets.withLock { $0 = Targets(cpus: cpus) }
    forEachLine { line in
      line.route(line.vector, targets.withLock { $0.take() })
      // An edge that came while the line was masked is lost, and a device that nobody attends to makes no other: each is
      // looked at once, as if it had interrupted.
      let were = Machine.disableInterrupts()
      line.handler()
      Machine.restoreInterrupts(were)
    }
  }

  /// Calls `body` with each connected line, by vector.
  public func forEachLine(_ body: (InterruptLine) -> Void) {
    for slot in lines {
      if let line = slot.line.load() { body(line) }
    }
  }
}

/// A device's interrupt line.
public final class InterruptLine: @unchecked Sendable {  // immutable; its closures guard what they touch
  public let vector: UInt8
  /// As `/proc/interrupts` shows it.
  public let name: StaticString
  let handler: () -> Void
  let route: (UInt8, UInt8) -> Void

  init(vector: UInt8, name: StaticString, handler: @escaping () -> Void, route: @escaping (UInt8, UInt8) -> Void) {
    self.vector = vector
    self.name = name
    self.handler = handler
    self.route = route
  }
}
