import CX86

// Trace points that also keep what their CPU says of itself up to date: what `apus top` looks at.
extension Trace {
  private static var inFault: UInt32 { 1 }
  private static var inInterrupt: UInt32 { 2 }
  private static var inIdle: UInt32 { 4 }

  /// Runs `body` on this CPU's part with interrupts off; nothing where there is no trace.
  @inline(__always) private static func change(_ body: (UnsafeMutablePointer<apus_trace_cpu>) -> Void) {
    guard unsafe Machine.block.pointee.trace != nil else { return }
    unsafe changePart(body)
  }

  @inline(never) private static func changePart(_ body: (UnsafeMutablePointer<apus_trace_cpu>) -> Void) {
    let were = Machine.disableInterrupts()
    if let part = unsafe Machine.block.pointee.trace { unsafe body(part) }
    Machine.restoreInterrupts(were)
  }

  /// `next` runs from here on. Interrupts are off.
  @inline(__always) public static func switches(to next: Int32) {
    unsafe change { part in
      unsafe append(part, .threadSwitch, 0, UInt64(UInt32(bitPattern: next)), thread: part.pointee.thread)
      unsafe part.pointee.thread = UInt32(bitPattern: next)
      unsafe part.pointee.call = 0
      unsafe part.pointee.context &= ~inFault
    }
  }

  /// What the running thread is in (a system call, a fault), to be shown again when it comes back from a switch.
  @inline(__always) public static var threadContext: UInt64 {
    guard let part = unsafe Machine.block.pointee.trace else { return 0 }
    return unsafe UInt64(part.pointee.call) << 32 | UInt64(part.pointee.context & inFault)
  }

  /// The running thread is back from a switch.
  @inline(__always) public static func resume(_ context: UInt64) {
    unsafe change { part in
      unsafe part.pointee.call = UInt32(truncatingIfNeeded: context >> 32)
      unsafe part.pointee.context |= UInt32(truncatingIfNeeded: context) & inFault
    }
  }

  /// A thread's name, in records of eight bytes. `thread`: its number.
  public static func name(_ thread: Int32, _ name: [UInt8]) {
    unsafe change { part in
      var piece: UInt16 = 0
      repeat {
        var word: UInt64 = 0
        for index in 0..<8 where Int(piece) &* 8 &+ index < name.count {
          word |= UInt64(name[Int(piece) &* 8 &+ index]) << UInt64(index &* 8)
        }
        unsafe append(part, .threadNamed, piece, word, thread: UInt32(bitPattern: thread))
        piece &+= 1
      } while Int(piece) &* 8 < name.count
    }
  }

  public static func entersCall(_ number: UInt64) {
    unsafe change { part in
      unsafe part.pointee.call = UInt32(truncatingIfNeeded: number) &+ 1
      unsafe append(part, .systemCallEnter, UInt16(truncatingIfNeeded: number), 0, thread: part.pointee.thread)
    }
  }

  public static func leavesCall(_ number: UInt64, result: Int) {
    unsafe change { part in
      let result = UInt64(bitPattern: Int64(result))
      unsafe part.pointee.call = 0
      unsafe append(part, .systemCallExit, UInt16(truncatingIfNeeded: number), result, thread: part.pointee.thread)
    }
  }

  @inline(__always) public static func entersFault(_ address: UInt64) {
    unsafe change { part in
      unsafe part.pointee.context |= inFault
      unsafe append(part, .faultEnter, 0, address, thread: part.pointee.thread)
    }
  }
  @inline(__always) public static func leavesFault() {
    unsafe change { part in
      unsafe part.pointee.context &= ~inFault
      unsafe append(part, .faultExit, 0, 0, thread: part.pointee.thread)
    }
  }

  @inline(__always) public static func entersInterrupt(_ vector: UInt8) {
    unsafe change { part in
      unsafe part.pointee.context |= inInterrupt
      unsafe append(part, .interruptEnter, UInt16(vector), 0, thread: part.pointee.thread)
    }
  }
  @inline(__always) public static func leavesInterrupt(_ vector: UInt8) {
    unsafe change { part in
      unsafe part.pointee.context &= ~inInterrupt
      unsafe append(part, .interruptExit, UInt16(vector), 0, thread: part.pointee.thread)
    }
  }

  @inline(__always) public static func beginsIdle() {
    unsafe change { part in
      unsafe part.pointee.context |= inIdle
      unsafe append(part, .idleBegin, 0, 0, thread: 0)
    }
  }
  @inline(__always) public static func endsIdle() {
    unsafe change { part in
      unsafe part.pointee.context &= ~inIdle
      unsafe append(part, .idleEnd, 0, 0, thread: 0)
    }
  }
}

// Locks and regions, for Locking.
extension Trace {
  public static func acquired(lockClass: UInt8, _ address: UInt64) {
    unsafe change { part in
      unsafe append(part, .lockAcquired, UInt16(lockClass), address, thread: part.pointee.thread)
      unsafe hold(part, lockClass, address)
    }
  }

  public static func waits(lockClass: UInt8, _ address: UInt64) {
    unsafe change { part in
      unsafe append(part, .lockWait, UInt16(lockClass), address, thread: part.pointee.thread)
      unsafe part.pointee.waiting = apus_trace_lock(
        address: address, since: Machine.ticks(), lock_class: UInt32(lockClass), reserved: 0)
    }
  }

  public static func waited(lockClass: UInt8, _ address: UInt64, _ ticks: UInt64) {
    unsafe change { part in
      unsafe append(part, .lockAcquired, UInt16(lockClass), address, thread: part.pointee.thread)
      unsafe part.pointee.waiting.address = 0
      let longest = unsafe apus_trace_wait(part, UInt32(lockClass))
      if unsafe ticks > longest.pointee { unsafe longest.pointee = ticks }
      unsafe hold(part, lockClass, address)
    }
  }

  private static func hold(_ part: UnsafeMutablePointer<apus_trace_cpu>, _ lockClass: UInt8, _ address: UInt64) {
    let count = unsafe part.pointee.held_count
    if count < 16 {
      unsafe apus_trace_held(part, count).pointee = apus_trace_lock(
        address: address, since: Machine.ticks(), lock_class: UInt32(lockClass), reserved: 0)
    }
    unsafe part.pointee.held_count = count &+ 1
  }

  public static func released(lockClass: UInt8, _ address: UInt64) {
    unsafe change { part in
      // Locks are released innermost first.
      if unsafe part.pointee.held_count > 0 { unsafe part.pointee.held_count &-= 1 }
      unsafe append(part, .lockReleased, UInt16(lockClass), address, thread: part.pointee.thread)
    }
  }

  public static func enterRegion(_ region: UInt16) {
    unsafe change { part in
      unsafe part.pointee.regions |= 1 << UInt32(region)
      unsafe append(part, .regionEntered, region, 0, thread: part.pointee.thread)
    }
  }

  public static func leaveRegion(_ region: UInt16) {
    unsafe change { part in
      unsafe part.pointee.regions &= ~(1 << UInt32(region))
      unsafe append(part, .regionLeft, region, 0, thread: part.pointee.thread)
    }
  }

  /// One level deeper in a region that has no lock of its own.
  public static func enterDeeper(_ region: UInt16) {
    unsafe change { part in
      let depth = unsafe apus_trace_depth(part, UInt32(region))
      unsafe depth.pointee &+= 1
      if unsafe depth.pointee == 1 { enterRegion(region) }
    }
  }

  public static func leaveOne(_ region: UInt16) {
    unsafe change { part in
      let depth = unsafe apus_trace_depth(part, UInt32(region))
      guard unsafe depth.pointee > 0 else { return }
      unsafe depth.pointee &-= 1
      if unsafe depth.pointee == 0 { leaveRegion(region) }
    }
  }
}
