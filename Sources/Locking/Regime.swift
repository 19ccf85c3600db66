import CX86
import Machine

/// How the operating system is locked; chosen when the kernel starts (`locks=` on its command line).
public enum LockRegime: UInt32, Sendable {
  /// Every lock is its own.
  case fine = 0
  /// The locks of a region are one lock.
  case split = 1
  /// Entering the operating system takes the one lock; the short locks inside are nothing.
  case big = 2

  /// The regime of this kernel. Set before the first lock is made.
  public static var current: LockRegime {
    @inline(__always) get { unsafe LockRegime(rawValue: Machine.block.pointee.regime) ?? .fine }
  }

  /// Sets the regime on this CPU's block, and whether locks write to a trace; boot calls it once, before the first
  /// lock is made. Other CPUs' blocks are made with what this one's says.
  public static func set(_ regime: LockRegime, traced: Bool = false) {
    let block = unsafe Machine.block
    let mark = traced ? LockCore.traced : 0
    unsafe block.pointee.regime = regime.rawValue
    unsafe block.pointee.free_machine_word = mark
    unsafe block.pointee.free_word = regime == .fine ? mark : LockCore.redirected
  }
}

/// The locks that stand for many: the big kernel lock and one for each region.
public final class RegionLocks: @unchecked Sendable {
  let big = LockCore(.bigKernelLock)
  let files = LockCore(.filesRegion)
  let scheduling = LockCore(.schedulingRegion)
  let memory = LockCore(.memoryRegion)
  let occupants = RegionOccupants()

  public init() {}

  /// Makes these the machine's region locks on the running CPU; boot calls it once for each CPU. The
  /// object lives as long as the kernel.
  public func install() {
    unsafe Machine.block.pointee.region_locks = Unmanaged.passUnretained(self).toOpaque()
  }

  @inline(__always) static func withCurrent(_ body: (borrowing RegionLocks) -> Void) {
    guard let pointer = unsafe Machine.block.pointee.region_locks else { return }
    unsafe Unmanaged<RegionLocks>.fromOpaque(pointer)._withUnsafeGuaranteedRef { body($0) }
  }

  /// Enters region `region` under `split`. A CPU that is in it already only goes one deeper. Interrupts
  /// stay off inside: a handler above us could want an outer region, and wait for a CPU that waits for ours.
  static func enter(_ region: Region, at site: UInt64) {
    let were = Machine.disableInterrupts()
    let block = unsafe Machine.block
    let depth = unsafe regionDepth(block, region)
    if unsafe depth.pointee == 0 {
      LockOrder.note(entering: region)
      withCurrent { locks in
        switch region {
        case .files: locks.files.acquire(at: site)
        case .scheduling: locks.scheduling.acquire(at: site)
        case .memory: locks.memory.acquire(at: site)
        case .machine: break
        }
      }
      withCurrent { $0.occupants.enter(region) }
      Trace.enterRegion(region.traceNumber)
      unsafe regionFlags(block, region).pointee = were ? 1 : 0
    }
    unsafe depth.pointee &+= 1
  }

  /// This CPU claims to be in the region whose lock it does not have: for the experiment that shows what notices it.
  public static func trespass(in region: Region) {
    withCurrent { $0.occupants.enter(region) }
  }

  static func leave(_ region: Region) {
    let block = unsafe Machine.block
    let depth = unsafe regionDepth(block, region)
    unsafe depth.pointee &-= 1
    guard unsafe depth.pointee == 0 else { return }
    let were = unsafe regionFlags(block, region).pointee != 0
    Trace.leaveRegion(region.traceNumber)
    withCurrent { locks in
      locks.occupants.leave(region)
      switch region {
      case .files: locks.files.release()
      case .scheduling: locks.scheduling.release()
      case .memory: locks.memory.release()
      case .machine: break
      }
    }
    Machine.restoreInterrupts(were)
  }

  private static func regionDepth(_ block: UnsafeMutablePointer<apus_cpu>, _ region: Region) -> UnsafeMutablePointer<UInt32> {
    unsafe apus_region_depth(block, UInt32(region.rawValue))
  }
  private static func regionFlags(_ block: UnsafeMutablePointer<apus_cpu>, _ region: Region) -> UnsafeMutablePointer<UInt64> {
    unsafe apus_region_flags(block, UInt32(region.rawValue))
  }
}

/// The big kernel lock as the entries to the kernel use it: a CPU holds it from the moment it leaves user
/// mode (or idling) until it goes back. It belongs to the CPU, not to a thread: a context switch keeps it.
public enum BigKernelLock {
  /// Whether the regime has one.
  @inline(__always) public static var isReal: Bool { LockRegime.current == .big }

  /// Enters the operating system. Does nothing for a CPU that is in it, or under another regime.
  @inline(never) public static func enter() {
    guard isReal else { return }
    let site = apus_return_address()
    let block = unsafe Machine.block
    guard unsafe block.pointee.big_lock_depth == 0 else { return }
    // A handler between taking the lock and saying so would wait for its own CPU.
    let were = Machine.disableInterrupts()
    RegionLocks.withCurrent {
      $0.big.acquire(at: site)
      $0.occupants.enter(.machine)
    }
    Trace.enterRegion(Region.bigTraceNumber)
    unsafe block.pointee.big_lock_depth = 1
    Machine.restoreInterrupts(were)
  }

  /// Leaves the operating system: to user mode, or to idle. Interrupts are off.
  public static func leave() {
    guard isReal else { return }
    let block = unsafe Machine.block
    guard unsafe block.pointee.big_lock_depth != 0 else { return }
    unsafe block.pointee.big_lock_depth = 0
    Trace.leaveRegion(Region.bigTraceNumber)
    RegionLocks.withCurrent {
      $0.occupants.leave(.machine)
      $0.big.release()
    }
  }

  /// Lets CPUs that wait go first: in operations that take long, where other threads may run in between anyway. No other
  /// lock is held. (Who waits has its interrupts off: without this the end of a large process keeps the whole machine from
  /// its interrupts.)
  @inline(__always) public static func giveWay() {
    if isReal { giveWayToWaiters() }
  }

  @inline(never) private static func giveWayToWaiters() {
    guard isHeld else { return }
    var isWaitedFor = false
    RegionLocks.withCurrent { isWaitedFor = $0.big.isWaitedFor }
    guard isWaitedFor else { return }
    let were = Machine.disableInterrupts()
    leave()
    enter()
    Machine.restoreInterrupts(were)
  }

  /// Whether this CPU is in the operating system by the big lock's account.
  public static var isHeld: Bool { unsafe Machine.block.pointee.big_lock_depth != 0 }

  /// A short lock is taken: under `big` that is sound only inside. The checked kernel verifies it.
  @inline(__always) static func checkInside() {
    #if CHECKED
    if !isHeld, unsafe Machine.block.pointee.region_locks != nil {
      Machine.panic("in the operating system without the big kernel lock")
    }
    #endif
  }
}
