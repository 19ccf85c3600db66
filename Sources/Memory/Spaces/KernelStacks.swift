import Locking
public import Machine

/// Stacks for threads in the kernel: 16 KiB, with unmapped addresses below, so that an overflow faults instead of
/// writing elsewhere (`StackDepth` and a rule about the image keep away from that). A stack that is given back stays
/// mapped for the next thread; when memory is short, spare ones are unmapped.
public enum KernelStacks {
  static var length: UInt64 { 16 &<< 10 }
  /// Addresses from one stack to the next; what is above `length` is guard.
  static var stride: UInt64 { 32 &<< 10 }
  static var framesEach: Int { Int(length / 4096) }

  /// A stack; nil when there is no memory. Its contents are undefined. Any context but interrupts.
  public static func allocate() -> KernelStack? {
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    let cpu = unsafe CPUMemory.current
    if let top = unsafe cpu.pointee.stacks.pop() { return KernelStack(top: UInt64(top), length: length) }
    let pooled = unsafe cpu.pointee.core.pointee.stacks.withLock { (pool: inout StackPool) in pool.take() }
    if let pooled { return KernelStack(top: pooled, length: length) }
    return make()
  }

  /// Gives a stack back. Not the one that runs. Also with interrupts off.
  public static func release(_ stack: KernelStack) {
    StackDepth.check(top: stack.top)
    #if !hasFeature(Embedded)
    stack.end()
    #endif
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    let cpu = unsafe CPUMemory.current
    if unsafe cpu.pointee.stacks.count < 8 {
      unsafe cpu.pointee.stacks.push(UInt(stack.top))
    } else {
      unsafe cpu.pointee.core.pointee.stacks.withLock { (pool: inout StackPool) in pool.put(stack.top) }
    }
  }

  /// Maps a new stack.
  private static func make() -> KernelStack? {
    let cpu = unsafe CPUMemory.current
    #if hasFeature(Embedded)
    var frames = InlineArray<4, UInt32>(repeating: FrameTable.none)
    for index in 0..<framesEach {
      guard let frame = Frames.allocate(zeroed: false) else {
        for earlier in 0..<index { Frames.release(Frame(number: frames[earlier])) }
        return nil
      }
      frames[index] = frame.number
    }
    let (top, mapped) = unsafe cpu.pointee.core.pointee.stacks.withLock { (pool: inout StackPool) -> (UInt64, Int) in
      let top = pool.takePlace()
      var mapped = 0
      while mapped < framesEach, KernelMappings.map(page(mapped, of: top), Frame(number: frames[mapped])) { mapped &+= 1 }
      return (top, mapped)
    }
    guard mapped == framesEach else {
      // No memory for a page table. Processors may have looked ahead into what was mapped.
      for index in 0..<mapped { _ = KernelMappings.unmap(page(index, of: top)) }
      Shootdown.flushEverywhere()
      unsafe cpu.pointee.core.pointee.stacks.withLock { (pool: inout StackPool) in pool.putPlace(top) }
      for index in 0..<framesEach { Frames.release(Frame(number: frames[index])) }
      return nil
    }
    StackDepth.fill(top: top, frames)
    unsafe cpu.pointee.stackFrames &+= framesEach
    return KernelStack(top: top, length: length)
    #else
    guard let frame = Frames.allocate(order: 2, zeroed: false) else { return nil }
    unsafe cpu.pointee.stackFrames &+= framesEach
    let top = unsafe UInt64(UInt(bitPattern: PageBytes.pointer(frame))) &+ length
    StackDepth.fill(top: top)
    return KernelStack(top: top, length: length)
    #endif
  }

  /// The address of page `index` of the stack at `top`, from the lowest.
  private static func page(_ index: Int, of top: UInt64) -> UInt64 { top &- length &+ UInt64(index) &* 4096 }

  /// Unmaps spare stacks and frees their memory; answers whether there were any. Waits for other CPUs to
  /// forget the mappings.
  static func trim() -> Bool {
    #if hasFeature(Embedded)
    let cpu = unsafe CPUMemory.current
    var freed = InlineArray<64, UInt32>(repeating: FrameTable.none)
    var places = InlineArray<16, UInt64>(repeating: 0)
    var stacks = 0
    unsafe cpu.pointee.core.pointee.stacks.withLock { (pool: inout StackPool) in
      while stacks < 16, let top = pool.take() {
        for index in 0..<framesEach {
          let frame = KernelMappings.unmap(page(index, of: top))
          freed[stacks &* framesEach &+ index] = frame?.number ?? FrameTable.none
        }
        places[stacks] = top
        stacks &+= 1
      }
    }
    guard stacks > 0 else { return false }
    Shootdown.flushEverywhere()
    unsafe cpu.pointee.core.pointee.stacks.withLock { (pool: inout StackPool) in
      for index in 0..<stacks { pool.putPlace(places[index]) }
    }
    for index in 0..<(stacks &* framesEach) where freed[index] != FrameTable.none {
      Frames.release(Frame(number: freed[index]))
    }
    unsafe cpu.pointee.stackFrames &-= stacks &* framesEach
    return true
    #else
    return false
    #endif
  }
}

/// The stacks that no thread and no CPU has: the state inside the lock of kernel stacks.
///
/// Both lists have room for all stacks there are: it is made when a stack is, not when one is given back or given up, since
/// that happens when memory is short.
struct StackPool: ~Copyable {
  /// Mapped and spare, by their tops.
  private var spare: [UInt64] = []
  /// Places whose mapping was given up.
  private var places: [UInt64] = []
  /// Places given out so far.
  private var placed: UInt64 = 0

  var spareCount: Int { spare.count }
  mutating func take() -> UInt64? { spare.popLast() }
  mutating func put(_ top: UInt64) {
    #if CHECKED
    for other in spare where other == top { Machine.panic("kernel stack given back twice", top) }
    #endif
    spare.append(top)
  }

  mutating func takePlace() -> UInt64 {
    if let place = places.popLast() { return place }
    placed &+= 1
    if places.capacity < Int(placed) { places.reserveCapacity(2 &* Int(placed)) }
    if spare.capacity < Int(placed) { spare.reserveCapacity(2 &* Int(placed)) }
    return KernelMappings.stacksBase &+ placed &* KernelStacks.stride
  }
  mutating func putPlace(_ top: UInt64) { places.append(top) }
}
