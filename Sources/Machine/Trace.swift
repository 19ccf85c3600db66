import CX86

/// The kernel's event buffer: a ring of fixed-size records for each CPU, at a known place in physical memory, so that
/// the host's tool reads it whatever the kernel does (docs/tracing.md). Allocated only when `trace=` asks for it.
///
/// No lock: only its own CPU writes to a ring, with interrupts off; handlers of NMIs write nothing.
public enum Trace {
  /// What a record tells; `detail` and `argument` in brackets.
  public enum Kind: UInt16 {
    case threadSwitch = 1  // (argument: the next thread)
    case systemCallEnter  // (detail: its number)
    case systemCallExit  // (detail: its number, argument: the result)
    case faultEnter  // (argument: the address)
    case faultExit
    case interruptEnter  // (detail: the vector)
    case interruptExit
    case lockWait  // (detail: the class, argument: the lock's address), and so the next two
    case lockAcquired
    case lockReleased
    case interruptSent  // (detail: the vector, 2 for an NMI; argument: the CPU)
    case frameAllocated  // (argument: its number)
    case frameFreed
    case idleBegin
    case idleEnd
    case regionEntered  // (detail: 1 files, 2 scheduling, 3 memory, 4 all)
    case regionLeft
    case threadNamed  // (detail: which piece, argument: eight bytes of the name; `thread`: whose)
    case objectFreed  // (of the kernel heap, up to 2048 bytes; detail: how many, argument: its address)
  }

  /// Whether this CPU has a ring: three instructions, where tracing is off all that a trace point costs.
  @inline(__always) public static var isOn: Bool { unsafe Machine.block.pointee.trace != nil }

  /// Writes a record about the running thread, if there is a trace.
  @inline(__always) public static func record(_ kind: Kind, _ detail: UInt16 = 0, _ argument: UInt64 = 0) {
    if let part = unsafe Machine.block.pointee.trace { unsafe write(part, kind, detail, argument) }
  }

  @inline(never) static func write(
    _ part: UnsafeMutablePointer<apus_trace_cpu>, _ kind: Kind, _ detail: UInt16, _ argument: UInt64
  ) {
    let were = Machine.disableInterrupts()
    unsafe append(part, kind, detail, argument, thread: part.pointee.thread)
    Machine.restoreInterrupts(were)
  }

  /// The same with interrupts off.
  static func append(
    _ part: UnsafeMutablePointer<apus_trace_cpu>, _ kind: Kind, _ detail: UInt16, _ argument: UInt64, thread: UInt32
  ) {
    guard let ring = unsafe part.pointee.ring else { return }
    let number = unsafe part.pointee.written
    let slot = unsafe ring + Int(number & UInt64(part.pointee.capacity &- 1))
    unsafe slot.pointee = apus_trace_record(
      time: Machine.ticks(), thread: thread, kind: kind.rawValue, detail: detail, argument: argument)
    unsafe part.pointee.written = number &+ 1
  }
}
