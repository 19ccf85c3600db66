public import Basics

/// The region Memory: frames, the kernel heap, kernel mappings and address spaces. See ARCHITECTURE.md.
public enum Memory {
  /// Throws `ENOMEM` unless the kernel could allocate `bytes` more and still have its reserve: called, with no
  /// lock held, at the start of an operation that makes the kernel heap grow on behalf of a user.
  @inline(__always)
  public static func admit(_ bytes: Int) throws(Errno) {
    let cpu = unsafe CPUMemory.current
    // A racy look is enough: the reserve covers what several CPUs admit at the same time.
    if unsafe cpu.pointee.core.pointee.frames.mayTake(bytes) { return }
    try admitSlowly(bytes)
  }

  /// Whether most of the kernel's reserve is there, after giving up what is only kept for speed. No lock is held.
  public static var hasReserve: Bool {
    reclaim { unsafe CPUMemory.current.pointee.core.pointee.frames.hasReserve }
  }

  /// Whether that much could be admitted at once: for what grows under a lock. In any context.
  public static func hasRoom(for bytes: Int) -> Bool {
    if bytes == 0 { return true }
    return unsafe CPUMemory.current.pointee.core.pointee.frames.mayTake(bytes)
  }

  @inline(never)
  private static func admitSlowly(_ bytes: Int) throws(Errno) {
    if !reclaim(until: { unsafe CPUMemory.current.pointee.core.pointee.frames.mayTake(bytes) }) { throw .ENOMEM }
  }

  /// Gives up what is only kept for speed until there is enough; answers whether there is.
  @inline(__always) private static func reclaim(until isEnough: () -> Bool) -> Bool {
    while true {
      if isEnough() { return true }
      if !reclaimSome() { return false }
    }
  }

  /// Frees all memory that only the running CPU, or nobody in particular, keeps for speed.
  public static func dropOwnCaches() {
    retire()
    while reclaimSome() {}
  }

  /// The kernel heap by classes of size, the smallest first.
  public static func heapUsage() -> [SlabUsage] {
    var usage: [SlabUsage] = []
    usage.reserveCapacity(SizeClasses.count)
    for sizeClass in 0..<SizeClasses.count {
      usage.append(unsafe CPUMemory.current.pointee.core.pointee.heap.usage(sizeClass))
    }
    return usage
  }

  /// Frees memory that is only kept for speed; answers whether there was any. Not under locks of Memory.
  static func reclaimSome() -> Bool { KernelStacks.trim() }
}
