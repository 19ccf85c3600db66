import CX86
import Machine

/// The kernel heap: what Swift's classes, arrays and closures are made of. Small objects come from the CPU's
/// magazines, which slabs fill; large ones are whole frames: neighbours, or where there are none so many, any, mapped one
/// behind the other. Usable with interrupts off, in interrupt handlers and under any lock. It may use the kernel's reserve
/// of frames; when even that is gone the kernel stops, so operations that make it grow on a user's behalf first ask
/// `Memory.admit`.
enum KernelHeap {
  @inline(__always)
  static func allocate(_ size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    if size > SizeClasses.largest &- HeapChecks.overhead || alignment > 16 { return unsafe allocateOddly(size, alignment: alignment) }
    let sizeClass = SizeClasses.index(HeapChecks.padded(size))
    return unsafe allocate(sizeClass: sizeClass, size: size)
  }

  @inline(__always)
  private static func allocate(sizeClass: Int, size: Int) -> UnsafeMutableRawPointer? {
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    guard let cpu = unsafe CPUMemory.currentIfStarted else { return unsafe EarlyHeap.allocate(size, alignment: 16) }
    guard let object = unsafe cpu.pointee.heap[sizeClass].pop() ?? refill(sizeClass, cpu) else { return nil }
    HeapChecks.willHandOut(object, sizeClass, size)
    return unsafe UnsafeMutableRawPointer(bitPattern: object)
  }

  @inline(never)
  private static func refill(_ sizeClass: Int, _ cpu: UnsafeMutablePointer<CPUMemory>) -> UInt? {
    guard unsafe cpu.pointee.core.pointee.heap.refill(sizeClass, of: cpu) else { return nil }
    return unsafe cpu.pointee.heap[sizeClass].pop()
  }

  /// Large objects, and those with a large alignment.
  @inline(never)
  private static func allocateOddly(_ size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    guard size >= 0, alignment > 0 else { return nil }
    guard let cpu = unsafe CPUMemory.currentIfStarted else { return unsafe EarlyHeap.allocate(size, alignment: alignment) }
    // Objects of a power of two lie at multiples of it.
    var rounded = max(HeapChecks.padded(size), 16)
    if alignment > 16 {
      rounded = max(rounded, alignment)
      if rounded <= SizeClasses.largest { rounded = 1 &<< (Int.bitWidth &- (rounded &- 1).leadingZeroBitCount) }
    }
    if rounded <= SizeClasses.largest { return unsafe allocate(sizeClass: SizeClasses.index(rounded), size: size) }
    guard size <= MappedObjects.mostPages &<< 12, alignment <= 4096 else { return nil }
    let count = (size &+ 4095) &>> 12
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    let core = unsafe cpu.pointee.core
    unsafe cpu.pointee.heapFrames &+= count
    guard let frame = unsafe core.pointee.frames.allocate(count: count) else {
      if let object = unsafe MappedObjects.allocate(count, core) { return unsafe object }
      unsafe cpu.pointee.heapFrames &-= count
      return nil
    }
    let entry = unsafe core.pointee.frames.table[frame]
    unsafe entry.pointee.use = .large
    unsafe entry.pointee.count = UInt16(count)
    return unsafe Machine.pointer(toPhysical: Frame(number: frame).physical)
  }

  @inline(__always)
  static func release(_ pointer: UnsafeMutableRawPointer) {
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    if unsafe !isDirectlyMapped(pointer) { return unsafe releaseOddly(pointer) }
    let cpu = unsafe CPUMemory.current
    let core = unsafe cpu.pointee.core
    let entry = unsafe core.pointee.frames.table[Frame(physical: Machine.physical(of: pointer)).number]
    guard unsafe entry.pointee.use == .slab else { return unsafe releaseLarge(pointer, cpu) }
    let sizeClass = unsafe Int(entry.pointee.count)
    if Trace.isOn {
      Trace.record(.objectFreed, UInt16(truncatingIfNeeded: SizeClasses.size(sizeClass)), UInt64(UInt(bitPattern: pointer)))
    }
    HeapChecks.willTakeBack(UInt(bitPattern: pointer), sizeClass)
    #if CHECKED
    if let oldest = unsafe cpu.pointee.freedObjects.exchange(UInt(bitPattern: pointer)) { unsafe leaveQuarantine(oldest, cpu) }
    #else
    unsafe keep(UInt(bitPattern: pointer), sizeClass, cpu)
    #endif
  }

  /// Whether the object lies in the direct map: not where it is an early one, or made of single frames.
  @inline(__always) private static func isDirectlyMapped(_ pointer: UnsafeMutableRawPointer) -> Bool {
    #if hasFeature(Embedded)
    return UInt64(UInt(bitPattern: pointer)) >= Machine.directMap
    #else
    return true
    #endif
  }

  @inline(never)
  private static func releaseOddly(_ pointer: UnsafeMutableRawPointer) {
    // Early objects are never freed.
    if unsafe EarlyHeap.owns(pointer) { return }
    guard unsafe MappedObjects.owns(pointer) else {
      Machine.panic("free of what the heap did not give", UInt64(UInt(bitPattern: pointer)))
    }
    let cpu = unsafe CPUMemory.current
    unsafe cpu.pointee.heapFrames &-= MappedObjects.release(pointer, cpu.pointee.core)
  }

  /// Puts a free object into the CPU's magazine.
  @inline(__always)
  private static func keep(_ object: UInt, _ sizeClass: Int, _ cpu: UnsafeMutablePointer<CPUMemory>) {
    if unsafe cpu.pointee.heap[sizeClass].count >= SizeClasses.magazineLimit(sizeClass) {
      unsafe cpu.pointee.core.pointee.heap.drain(sizeClass, of: cpu)
    }
    unsafe cpu.pointee.heap[sizeClass].push(object)
  }

  #if CHECKED
  private static func leaveQuarantine(_ object: UInt, _ cpu: UnsafeMutablePointer<CPUMemory>) {
    let pointer = unsafe UnsafeMutableRawPointer(bitPattern: object).unsafelyUnwrapped
    let frame = Frame(physical: unsafe Machine.physical(of: pointer)).number
    let sizeClass = unsafe Int(cpu.pointee.core.pointee.frames.table[frame].pointee.count)
    HeapChecks.verify(object, sizeClass)
    Machine.forbidAccess(object &+ 8, SizeClasses.size(sizeClass) &- 8)
    unsafe keep(object, sizeClass, cpu)
  }

  /// Ends the quarantine of everything that the CPU has freed.
  static func endQuarantine(_ cpu: UnsafeMutablePointer<CPUMemory>) {
    while let object = unsafe cpu.pointee.freedObjects.pop() { unsafe leaveQuarantine(object, cpu) }
  }
  #endif

  @inline(never)
  private static func releaseLarge(_ pointer: UnsafeMutableRawPointer, _ cpu: UnsafeMutablePointer<CPUMemory>) {
    let physical = unsafe Machine.physical(of: pointer)
    let frame = Frame(physical: physical).number
    let core = unsafe cpu.pointee.core
    let entry = unsafe core.pointee.frames.table[frame]
    guard unsafe entry.pointee.use == .large, physical & 4095 == 0 else {
      Machine.panic("free of what the heap did not give", UInt64(UInt(bitPattern: pointer)))
    }
    let count = unsafe Int(entry.pointee.count)
    unsafe cpu.pointee.heapFrames &-= count
    unsafe core.pointee.frames.release(frame, count: count)
  }
}
