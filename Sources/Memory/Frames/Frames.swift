import Locking
import Machine
import Synchronization

/// Frames of physical memory: the face that the other rooms use. Each frame handed out has one reference;
/// the last `release` gives it back. May be called under any lock and with interrupts off.
public enum Frames {
  // MARK: Allocating

  /// A frame on behalf of a user: nil when only the kernel's reserve is left. `zeroed`: filled with zeros.
  public static func allocate(zeroed: Bool) -> Frame? {
    guard let frame = take(kernel: false) else { return nil }
    if zeroed { PageBytes.clear(frame) }
    return frame
  }

  /// 2^order neighbouring frames, naturally aligned, on behalf of a user. They have one reference count.
  public static func allocate(order: Int, zeroed: Bool) -> Frame? {
    allocateBlock(order: order, kernel: false, zeroed: zeroed)
  }

  /// As `allocate`, but may use the kernel's reserve: for what the kernel itself cannot do without.
  public static func allocateForKernel(order: Int = 0, zeroed: Bool) -> Frame? {
    allocateBlock(order: order, kernel: true, zeroed: zeroed)
  }

  private static func allocateBlock(order: Int, kernel: Bool, zeroed: Bool) -> Frame? {
    if order == 0 {
      guard let frame = take(kernel: kernel) else { return nil }
      if zeroed { PageBytes.clear(frame) }
      return frame
    }
    guard order > 0, order < Buddy.orders else { return nil }
    let block = unsafe CPUMemory.current
    guard let number = unsafe block.pointee.core.pointee.frames.allocate(order: order, kernel: kernel) else { return nil }
    unsafe block.pointee.core.pointee.frames.table[number].pointee.references.store(1, ordering: .relaxed)
    if zeroed {
      for offset in 0..<UInt32(1 &<< order) { PageBytes.clear(Frame(number: number &+ offset)) }
    }
    return Frame(number: number)
  }

  /// Takes one frame from this CPU's magazine, refilling it when it is empty.
  @inline(__always) private static func take(kernel: Bool) -> Frame? {
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    let block = unsafe CPUMemory.current
    guard let number = unsafe block.pointee.frames.pop() ?? refill(block, kernel: kernel) else { return nil }
    let entry = unsafe block.pointee.core.pointee.frames.table[number]
    #if CHECKED
    if unsafe entry.pointee.use != .cached { Machine.panic("free frame in use", UInt64(number)) }
    PageBytes.checkPoison(Frame(number: number))
    #endif
    unsafe entry.pointee.use = .allocated
    unsafe entry.pointee.order = 0
    unsafe entry.pointee.references.store(1, ordering: .relaxed)
    Trace.record(.frameAllocated, 0, UInt64(number))
    return Frame(number: number)
  }

  @inline(never) private static func refill(_ block: UnsafeMutablePointer<CPUMemory>, kernel: Bool) -> UInt32? {
    #if CHECKED
    // The quarantine is memory, when there is little.
    if unsafe !block.pointee.core.pointee.frames.mayTake(1 &<< 20), unsafe endQuarantine(block) {
      return unsafe block.pointee.frames.pop()
    }
    #endif
    if unsafe !block.pointee.core.pointee.frames.refill(&block.pointee.frames, kernel: kernel) {
      // The kernel's own allocations have the reserve, and may be made with the lock of kernel stacks held.
      guard !kernel, KernelStacks.trim() else { return nil }
      // What that freed may lie in this CPU's magazine.
      if let frame = unsafe block.pointee.frames.pop() { return frame }
      guard unsafe block.pointee.core.pointee.frames.refill(&block.pointee.frames, kernel: kernel) else { return nil }
    }
    return unsafe block.pointee.frames.pop()
  }

  // MARK: References

  /// One more reference to a frame that has at least one.
  @inline(__always) public static func retain(_ frame: Frame) {
    let entry = unsafe entry(of: frame)
    #if CHECKED
    if unsafe entry.pointee.references.load(ordering: .relaxed) == 0 { Misuse.found("retain of a free frame", UInt(frame.physical)) }
    #endif
    unsafe entry.pointee.references.add(1, ordering: .relaxed)
  }

  /// As `retain`, for a caller that holds one reference and, if it is the only one, keeps others from taking
  /// one (a page-table entry under its space's lock): then no atomic read-modify-write is needed.
  @inline(__always) static func retainShared(_ frame: Frame) {
    let entry = unsafe entry(of: frame)
    if unsafe entry.pointee.references.load(ordering: .relaxed) == 1 {
      unsafe entry.pointee.references.store(2, ordering: .relaxed)
    } else {
      unsafe entry.pointee.references.add(1, ordering: .relaxed)
    }
  }

  /// One reference less; the last one frees the frame (all 2^order of them).
  @inline(__always) public static func release(_ frame: Frame) {
    let entry = unsafe entry(of: frame)
    unsafe checkReferenced(entry, frame)
    // The only reference is ours: nobody can add one, so no atomic read-modify-write is needed.
    if unsafe entry.pointee.references.load(ordering: .acquiring) != 1 {
      let (old, _) = unsafe entry.pointee.references.subtract(1, ordering: .acquiringAndReleasing)
      if old != 1 { return }
    }
    free(frame)
  }

  /// The checked kernel stops at the release of what nobody refers to.
  @inline(__always) private static func checkReferenced(_ entry: UnsafeMutablePointer<FrameEntry>, _ frame: Frame) {
    #if CHECKED
    if unsafe entry.pointee.references.load(ordering: .relaxed) == 0 {
      Misuse.found("release of a free frame", UInt(frame.physical))
    }
    #endif
  }

  /// References now; a hint unless the caller excludes others.
  @inline(__always) public static func references(_ frame: Frame) -> Int {
    unsafe Int(entry(of: frame).pointee.references.load(ordering: .acquiring))
  }

  /// Drops the references of up to 64 gathered frames, with interrupts off once for all.
  static func releaseSome(of gather: inout FrameGather) {
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    let block = unsafe CPUMemory.current
    let core = unsafe block.pointee.core
    var budget = 64
    while budget > 0, let frame = gather.pop() {
      budget &-= 1
      let entry = unsafe core.pointee.frames.table[frame.number]
      unsafe checkReferenced(entry, frame)
      if unsafe entry.pointee.references.load(ordering: .acquiring) != 1 {
        let (old, _) = unsafe entry.pointee.references.subtract(1, ordering: .acquiringAndReleasing)
        if old != 1 { continue }
      }
      unsafe free(frame, entry, block)
    }
  }

  /// Gives back a frame that nobody refers to.
  private static func free(_ frame: Frame) {
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    let block = unsafe CPUMemory.current
    unsafe free(frame, block.pointee.core.pointee.frames.table[frame.number], block)
  }

  /// The same with interrupts off.
  @inline(__always)
  private static func free(
    _ frame: Frame, _ entry: UnsafeMutablePointer<FrameEntry>, _ block: UnsafeMutablePointer<CPUMemory>
  ) {
    let core = unsafe block.pointee.core
    Trace.record(.frameFreed, 0, UInt64(frame.number))
    unsafe entry.pointee.references.store(0, ordering: .relaxed)
    let order = unsafe Int(entry.pointee.order)
    #if CHECKED
    let use = unsafe entry.pointee.use
    if use != .allocated && use != .pageTable { Machine.panic("freeing a frame that is not allocated", UInt64(frame.number)) }
    #endif
    guard order == 0 else {
      unsafe core.pointee.frames.release(frame.number, order: order)
      return
    }
    unsafe entry.pointee.use = .cached
    #if CHECKED
    PageBytes.poison(frame)
    Misuse.noteFree(UInt(frame.physical))
    if let oldest = unsafe block.pointee.freedFrames.exchange(UInt(frame.number)) { unsafe keep(UInt32(oldest), block) }
    #else
    unsafe keep(frame.number, block)
    #endif
  }

  /// Puts a free frame into the CPU's magazine.
  @inline(__always)
  private static func keep(_ frame: UInt32, _ block: UnsafeMutablePointer<CPUMemory>) {
    let core = unsafe block.pointee.core
    if unsafe block.pointee.frames.count >= core.pointee.frames.magazineLimit {
      unsafe core.pointee.frames.drain(&block.pointee.frames)
    }
    unsafe block.pointee.frames.push(frame)
  }

  #if CHECKED
  /// Ends the quarantine of the frames that the CPU has freed; answers whether there were any.
  static func endQuarantine(_ block: UnsafeMutablePointer<CPUMemory>) -> Bool {
    var any = false
    while let frame = unsafe block.pointee.freedFrames.pop() {
      unsafe keep(UInt32(frame), block)
      any = true
    }
    return any
  }
  #endif

  @inline(__always) static func entry(of frame: Frame) -> UnsafeMutablePointer<FrameEntry> {
    unsafe CPUMemory.current.pointee.core.pointee.frames.table[frame.number]
  }

  // MARK: Bytes

  /// Fills `count` bytes from `offset` on with zeros. The range must lie within the frame.
  public static func clear(_ frame: Frame, offset: Int = 0, count: Int = 4096) {
    check(offset, count)
    if count == 4096 { return PageBytes.clear(frame) }
    unsafe (PageBytes.pointer(frame) + offset).initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }

  /// Copies a whole page.
  public static func copyPage(from source: Frame, to target: Frame) { PageBytes.copy(from: source, to: target) }

  /// Copies bytes between frames; ranges must lie within them.
  public static func copy(from source: Frame, offset: Int, to target: Frame, at: Int, count: Int) {
    check(offset, count)
    check(at, count)
    unsafe (PageBytes.pointer(target) + at).copyMemory(from: PageBytes.pointer(source) + offset, byteCount: count)
  }

  /// Copies bytes out of a frame into an array, which must be long enough.
  public static func copy(from source: Frame, offset: Int, into bytes: inout [UInt8], at: Int, count: Int) {
    check(offset, count)
    precondition(at >= 0 && at <= bytes.count && count <= bytes.count &- at)
    unsafe bytes.withUnsafeMutableBytes { (buffer: UnsafeMutableRawBufferPointer) in
      if let start = buffer.baseAddress {
        unsafe (start + at).copyMemory(from: PageBytes.pointer(source) + offset, byteCount: count)
      }
    }
  }

  /// Copies bytes of an array into a frame.
  public static func copy(from bytes: [UInt8], at: Int, to target: Frame, offset: Int, count: Int) {
    check(offset, count)
    precondition(at >= 0 && at <= bytes.count && count <= bytes.count &- at)
    unsafe bytes.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) in
      if let start = buffer.baseAddress {
        unsafe (PageBytes.pointer(target) + offset).copyMemory(from: start + at, byteCount: count)
      }
    }
  }

  /// Lends the bytes of a frame.
  public static func withBytes<Result: ~Copyable, Failure: Error>(
    of frame: Frame, _ body: (inout MutableSpan<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let start = unsafe PageBytes.pointer(frame).assumingMemoryBound(to: UInt8.self)
    var span = unsafe MutableSpan(_unsafeStart: start, count: 4096)
    return try body(&span)
  }

  @inline(__always) private static func check(_ offset: Int, _ count: Int) {
    precondition(offset >= 0 && count >= 0 && offset <= 4096 && count <= 4096 &- offset)
  }

  // MARK: Statistics

  /// Frames that the machine has for use.
  static var totalFrames: UInt64 { unsafe UInt64(CPUMemory.current.pointee.core.pointee.frames.total) }

  /// Page tables in use: of `statistics`, what may be read while other CPUs run without an unordered access.
  static var pageTables: Int {
    var sum = 0
    unsafe CPUMemory.forEach { cpu in sum &+= unsafe cpu.pointee.pageTables.load(ordering: .relaxed) }
    return sum
  }

  /// What `/proc/meminfo` tells. Racy by nature.
  public static var statistics: MemoryStatistics {
    let core = unsafe CPUMemory.current.pointee.core
    var result = MemoryStatistics()
    unsafe core.pointee.frames.buddy.withLock { (buddy: inout Buddy) in
      result.total = buddy.total
      result.free = buddy.free
    }
    result.reserve = unsafe core.pointee.frames.reserve
    result.pageTables = pageTables
    var spareStacks = 0
    unsafe CPUMemory.forEach { cpu in
      result.free &+= unsafe cpu.pointee.frames.count &+ (cpu.pointee.zeroed == FrameTable.none ? 0 : 1)
      #if CHECKED
      result.free &+= unsafe cpu.pointee.freedFrames.count
      #endif
      result.heap &+= unsafe cpu.pointee.heapFrames
      result.kernelStacks &+= unsafe cpu.pointee.stackFrames
      spareStacks &+= unsafe cpu.pointee.stacks.count
    }
    // Spare stacks are given up as soon as frames are wanted.
    spareStacks &+= unsafe core.pointee.stacks.withLock { (pool: inout StackPool) -> Int in pool.spareCount }
    result.free &+= spareStacks &* KernelStacks.framesEach
    result.kernelStacks &-= spareStacks &* KernelStacks.framesEach
    return result
  }
}

/// Numbers of frames (4 KiB each).
public struct MemoryStatistics: Sendable {
  /// Frames that the machine has for use.
  public var total = 0
  /// Free ones, those in CPUs' magazines and of spare kernel stacks included.
  public var free = 0
  /// Of the free ones, those kept for the kernel.
  public var reserve = 0
  /// In use by the kernel heap, by page tables, by kernel stacks.
  public var heap = 0
  public var pageTables = 0
  public var kernelStacks = 0
}
