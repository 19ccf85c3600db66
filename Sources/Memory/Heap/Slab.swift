import Machine
import Synchronization

/// The slabs of one size class that have free objects: the state inside the lock of that class.
///
/// A slab is a frame cut into objects. All that is known about it is in the frame's entry: `references` holds how many
/// objects are free and where the first one is (in units of 16 bytes), each free object begins with the place of the
/// next; `count` is the size class; `next` and `previous` link the slabs.
struct SlabList: ~Copyable {
  let table: FrameTable
  let sizeClass: Int
  private var head = FrameTable.none
  /// Slabs in the list all of whose objects are free.
  private var empty = 0
  /// Objects that CPUs have taken and not given back: in use, or in their magazines.
  private(set) var taken = 0
  /// Slabs of this class, full ones included.
  private(set) var slabs = 0

  private static var end: UInt32 { 0xffff }

  init(table: FrameTable, sizeClass: Int) {
    self.table = table
    self.sizeClass = sizeClass
  }

  var objectsPerSlab: UInt32 { UInt32(4096 / SizeClasses.size(sizeClass)) }

  /// Cuts a new frame into free objects; before it is known to anyone, so no lock is needed.
  static func format(_ frame: UInt32, table: FrameTable, sizeClass: Int) {
    table.set(frame, .slab, order: 0)
    unsafe table[frame].pointee.count = UInt16(truncatingIfNeeded: sizeClass)
    let size = SizeClasses.size(sizeClass)
    let count = 4096 / size
    let start = unsafe Machine.pointer(toPhysical: Frame(number: frame).physical)
    for index in 0..<count {
      let object = unsafe start + index &* size
      HeapChecks.poison(UInt(bitPattern: object), sizeClass)
      let next = index &+ 1 == count ? end : UInt32((index &+ 1) &* size) &>> 4
      unsafe object.storeBytes(of: next, as: UInt32.self)
    }
    unsafe table[frame].pointee.references.store(UInt32(count) &<< 16, ordering: .relaxed)
  }

  /// Takes a formatted slab into the list.
  mutating func add(_ frame: UInt32) {
    slabs &+= 1
    empty &+= 1
    link(frame)
  }

  /// Moves up to `wanted` free objects into `magazine`; answers whether there was any.
  mutating func take(_ wanted: Int, into magazine: inout HeapMagazine) -> Bool {
    var left = wanted
    while left > 0, head != FrameTable.none {
      let frame = head
      let entry = unsafe table[frame]
      let word = unsafe entry.pointee.references.load(ordering: .relaxed)
      var place = word & 0xffff
      var free = word &>> 16
      if free == objectsPerSlab { empty &-= 1 }
      let start = unsafe Machine.pointer(toPhysical: Frame(number: frame).physical)
      while left > 0, free > 0 {
        let object = unsafe start + Int(place &<< 4)
        place = unsafe object.load(as: UInt32.self)
        magazine.push(UInt(bitPattern: object))
        free &-= 1
        left &-= 1
      }
      unsafe entry.pointee.references.store(free &<< 16 | place & 0xffff, ordering: .relaxed)
      if free == 0 { unlink(frame) }
    }
    taken &+= wanted &- left
    return left < wanted
  }

  /// Gives an object back to its slab. Answers the slab's frame when all of it is free and there is
  /// another such slab: the caller gives it back to the frames, after releasing the lock.
  mutating func put(_ object: UInt) -> UInt32? {
    let pointer = unsafe UnsafeMutableRawPointer(bitPattern: object).unsafelyUnwrapped
    let physical = unsafe Machine.physical(of: pointer)
    let frame = Frame(physical: physical).number
    let entry = unsafe table[frame]
    let word = unsafe entry.pointee.references.load(ordering: .relaxed)
    let free = (word &>> 16) &+ 1
    taken &-= 1
    unsafe pointer.storeBytes(of: word & 0xffff, as: UInt32.self)
    let place = UInt32(truncatingIfNeeded: physical & 4095) &>> 4
    if free == 1 { link(frame) }
    if free == objectsPerSlab {
      if empty > 0 {
        slabs &-= 1
        unlink(frame)
        return frame
      }
      empty &+= 1
    }
    unsafe entry.pointee.references.store(free &<< 16 | place, ordering: .relaxed)
    return nil
  }

  #if CHECKED
  /// Counts what the list holds, and panics where it is inconsistent: with itself, with the frames' owner bytes, or
  /// with how many objects were taken.
  func verify() {
    var (frame, previous, inList, allFree, freeObjects) = (head, FrameTable.none, 0, 0, 0)
    while frame != FrameTable.none {
      let entry = unsafe table[frame]
      let free = unsafe Int(entry.pointee.references.load(ordering: .relaxed) &>> 16)
      let isOurs = unsafe entry.pointee.use == .slab && Int(entry.pointee.count) == sizeClass
      if unsafe !isOurs || entry.pointee.previous != previous {
        Machine.panic("list of slabs broken at frame", UInt64(frame))
      }
      if free == 0 || free > Int(objectsPerSlab) { Machine.panic("slab miscounts its free objects", UInt64(free)) }
      inList &+= 1
      freeObjects &+= free
      if free == Int(objectsPerSlab) { allFree &+= 1 }
      previous = frame
      frame = unsafe entry.pointee.next
    }
    if allFree != empty { Machine.panic("empty slabs miscounted, of class", UInt64(sizeClass)) }
    if inList > slabs || taken &+ freeObjects != slabs &* Int(objectsPerSlab) {
      Machine.panic("objects of slabs miscounted, of class", UInt64(sizeClass))
    }
  }
  #endif

  private mutating func link(_ frame: UInt32) {
    let entry = unsafe table[frame]
    unsafe entry.pointee.next = head
    unsafe entry.pointee.previous = FrameTable.none
    if head != FrameTable.none { unsafe table[head].pointee.previous = frame }
    head = frame
  }

  private mutating func unlink(_ frame: UInt32) {
    let entry = unsafe table[frame]
    let next = unsafe entry.pointee.next
    let previous = unsafe entry.pointee.previous
    if next != FrameTable.none { unsafe table[next].pointee.previous = previous }
    if previous != FrameTable.none { unsafe table[previous].pointee.next = next } else { head = next }
  }
}
