import Locking
import Machine

/// Large heap objects made of single frames, mapped one behind the other: for when no block of neighbouring frames is free
/// though there are frames enough. So a program that leaves every second page of memory free takes nothing from the kernel.
///
/// Each lies at a place of a power of two of pages, more than it has: the page behind its last is never mapped, and tells
/// where it ends. A free place's first entry holds the address of the next one, so that keeping places takes no memory.
enum MappedObjects {
  /// The largest object, in pages: 1 GiB.
  static var mostPages: Int { 1 &<< 18 }

  /// The state inside the lock of kernel mappings.
  struct Places: ~Copyable {
    /// The first free place of each size, by the exponent of 2; 0 for none.
    fileprivate var free = InlineArray<20, UInt64>(repeating: 0)
    /// Addresses from here on have not been given out yet.
    fileprivate var top = KernelMappings.objectsBase

    init() {}

    /// Takes a place of 2^exponent pages.
    fileprivate mutating func take(_ exponent: Int) -> UInt64? {
      let place = free[exponent]
      if place != 0 {
        free[exponent] = KernelMappings.note(at: place)
        return place
      }
      let length = UInt64(4096) &<< UInt64(exponent)
      guard KernelMappings.objectsEnd &- top >= length else { return nil }
      top &+= length
      return top &- length
    }

    fileprivate mutating func put(_ place: UInt64, _ exponent: Int) {
      // One that never got its first page may have no table to note anything in: its addresses are given up.
      if KernelMappings.setNote(at: place, free[exponent]) { free[exponent] = place }
    }
  }

  /// Whether `pointer` is one of them.
  @inline(__always) static func owns(_ pointer: UnsafeMutableRawPointer) -> Bool {
    #if hasFeature(Embedded)
    let address = UInt64(UInt(bitPattern: pointer))
    return address >= KernelMappings.objectsBase && address < KernelMappings.objectsEnd
    #else
    return false
    #endif
  }

  /// An object of `count` pages, with undefined contents; nil when there are no frames. Interrupts are off.
  /// Locks: takes `kernelMappings`, in it `frames`.
  static func allocate(_ count: Int, _ core: UnsafeMutablePointer<MemoryCore>) -> UnsafeMutableRawPointer? {
    #if hasFeature(Embedded)
    guard count > 0, count <= mostPages else { return nil }
    let exponent = exponent(count)
    return unsafe core.pointee.places.withLock { (places: inout Places) -> UnsafeMutableRawPointer? in
      guard let place = places.take(exponent) else { return nil }
      // The place's first entry is set last: until then it may have to go back.
      for index in (0..<count).reversed() {
        guard let frame = Frames.allocateForKernel(zeroed: false),
          KernelMappings.map(place &+ UInt64(index) &* 4096, frame)
        else {
          // Nobody has been told of the addresses. What a processor may have looked ahead at goes with the flush.
          unmap(place, from: index &+ 1, to: count)
          places.put(place, exponent)
          return nil
        }
      }
      return unsafe UnsafeMutableRawPointer(bitPattern: UInt(place))
    }
    #else
    return nil
    #endif
  }

  /// Gives an object back; answers how many pages it had. Waits for all CPUs to forget them. Interrupts are off.
  static func release(_ pointer: UnsafeMutableRawPointer, _ core: UnsafeMutablePointer<MemoryCore>) -> Int {
    let place = UInt64(UInt(bitPattern: pointer))
    return unsafe core.pointee.places.withLock { (places: inout Places) -> Int in
      var count = 0
      while KernelMappings.isMapped(place &+ UInt64(count) &* 4096) { count &+= 1 }
      guard count > 0, place & 4095 == 0 else { Machine.panic("free of what the heap did not give", place) }
      unmap(place, from: 0, to: count)
      places.put(place, exponent(count))
      return count
    }
  }

  /// The exponent of the smallest place with more than `count` pages.
  private static func exponent(_ count: Int) -> Int { Int.bitWidth &- count.leadingZeroBitCount }

  /// Takes pages `from` ..< `to` of a place out, and frees their frames when no CPU can reach them any more. Until then
  /// their entries, which no processor looks at once they are not present, hold the frames.
  private static func unmap(_ place: UInt64, from: Int, to: Int) {
    guard from < to else { return }
    for index in from..<to { KernelMappings.hide(place &+ UInt64(index) &* 4096) }
    Shootdown.flushEverywhere()
    for index in from..<to {
      if let frame = KernelMappings.unmap(place &+ UInt64(index) &* 4096) { Frames.release(frame) }
    }
  }
}
