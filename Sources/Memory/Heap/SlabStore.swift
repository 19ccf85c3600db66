import Locking
import Machine

/// The slabs that all CPUs share, a lock for each size class. CPUs come here only to fill or drain their
/// magazines. The lock of a class is never held while frames are taken or given back.
@safe struct SlabStore: ~Copyable {
  private let classes: UnsafeMutablePointer<IrqLock<SlabList>>

  /// `storage`: memory for it that stays for ever (`SlabStore.bytes`).
  init(table: FrameTable, storage: UnsafeMutableRawPointer) {
    unsafe classes = storage.bindMemory(to: IrqLock<SlabList>.self, capacity: SizeClasses.count)
    for index in 0..<SizeClasses.count {
      unsafe (classes + index).initialize(to: IrqLock(.heap, SlabList(table: table, sizeClass: index)))
    }
  }

  static var bytes: Int { MemoryLayout<IrqLock<SlabList>>.stride &* SizeClasses.count }

  /// Puts objects of `sizeClass` into a CPU's empty magazine. Answers false when there is no memory.
  @inline(never)
  func refill(_ sizeClass: Int, of cpu: UnsafeMutablePointer<CPUMemory>) -> Bool {
    let wanted = SizeClasses.magazineLimit(sizeClass) / 2
    let lock = unsafe classes + sizeClass
    let found = unsafe lock.pointee.withLock { (slabs: inout SlabList) -> Bool in
      unsafe slabs.take(wanted, into: &cpu.pointee.heap[sizeClass])
    }
    if found { return true }
    let core = unsafe cpu.pointee.core
    guard let frame = unsafe core.pointee.frames.allocate(order: 0, kernel: true) else { return false }
    unsafe cpu.pointee.heapFrames &+= 1
    unsafe SlabList.format(frame, table: core.pointee.frames.table, sizeClass: sizeClass)
    return unsafe lock.pointee.withLock { (slabs: inout SlabList) -> Bool in
      slabs.add(frame)
      return unsafe slabs.take(wanted, into: &cpu.pointee.heap[sizeClass])
    }
  }

  /// Gives back the older half of a CPU's full magazine.
  @inline(never)
  func drain(_ sizeClass: Int, of cpu: UnsafeMutablePointer<CPUMemory>) {
    unsafe giveBack(cpu.pointee.heap[sizeClass].count / 2, sizeClass, of: cpu)
  }

  /// Gives back everything in a CPU's magazines.
  func empty(_ cpu: UnsafeMutablePointer<CPUMemory>) {
    for sizeClass in 0..<SizeClasses.count {
      unsafe giveBack(cpu.pointee.heap[sizeClass].count, sizeClass, of: cpu)
    }
  }

  /// What `/proc/slabinfo` tells of class `sizeClass`. Objects in CPUs' magazines count as in use.
  func usage(_ sizeClass: Int) -> SlabUsage {
    unsafe (classes + sizeClass).pointee.withLock { (slabs: inout SlabList) in
      SlabUsage(
        objectSize: SizeClasses.size(sizeClass), objectsPerSlab: Int(slabs.objectsPerSlab),
        objects: slabs.taken, slabs: slabs.slabs)
    }
  }

  /// The checked kernel goes through the lists of slabs, each under its lock.
  func verify() {
    #if CHECKED
    for sizeClass in 0..<SizeClasses.count {
      unsafe (classes + sizeClass).pointee.withLock { (slabs: inout SlabList) in slabs.verify() }
    }
    #endif
  }

  private func giveBack(_ count: Int, _ sizeClass: Int, of cpu: UnsafeMutablePointer<CPUMemory>) {
    var spare = InlineArray<31, UInt32>(repeating: FrameTable.none)
    var spares = 0
    unsafe (classes + sizeClass).pointee.withLock { (slabs: inout SlabList) in
      for index in 0..<count {
        if let frame = unsafe slabs.put(cpu.pointee.heap[sizeClass][index]) {
          spare[spares] = frame
          spares &+= 1
        }
      }
    }
    unsafe cpu.pointee.heap[sizeClass].removeFirst(count)
    for index in 0..<spares {
      unsafe cpu.pointee.core.pointee.frames.release(spare[index], order: 0)
      unsafe cpu.pointee.heapFrames &-= 1
    }
  }
}

/// How much of a size class of the kernel heap is in use.
public struct SlabUsage: Sendable {
  /// Bytes of an object.
  public let objectSize: Int
  public let objectsPerSlab: Int
  /// Objects in use, or kept by a CPU for its next use.
  public let objects: Int
  public let slabs: Int
}
