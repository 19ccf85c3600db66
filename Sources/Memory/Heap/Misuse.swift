import Machine

/// What the checked kernel does with a misuse of freed memory: it stops, and on bare metal names who freed it.
enum Misuse {
  #if CHECKED
  /// The caller frees what lies at `address`. Interrupts are off.
  @inline(__always) static func noteFree(_ address: UInt) {
    #if hasFeature(Embedded)
    unsafe CPUMemory.current.pointee.core.pointee.trails.note(address)
    #endif
  }

  /// Stops the machine: `message`, about what was freed at `address`.
  static func found(_ message: StaticString, _ address: UInt) -> Never {
    #if hasFeature(Embedded)
    unsafe Machine.panic(message, freed: address, CPUMemory.current.pointee.core.pointee.trails)
    #else
    Machine.panic(message, UInt64(address))
    #endif
  }
  #endif
}

/// Misuses made on purpose, to see the checked kernel notice (`experiment=misuse-…`). An ordinary kernel may do anything.
public enum MadeMisuse: Sendable, CaseIterable {
  case heapWriteAfterFree, heapFreedTwice, heapOverrun, frameWriteAfterFree, frameFreedTwice

  /// The first party takes the memory and, where it is about what was freed, frees it. Answers where it is.
  public func begin() -> UInt64 {
    switch self {
    case .frameWriteAfterFree, .frameFreedTwice:
      guard let frame = Frames.allocate(zeroed: true) else { Machine.panic("no memory") }
      Frames.release(frame)
      return frame.physical
    case .heapWriteAfterFree, .heapFreedTwice, .heapOverrun:
      guard let object = unsafe KernelHeap.allocate(40, alignment: 16) else { Machine.panic("no memory") }
      if self != .heapOverrun { unsafe KernelHeap.release(object) }
      return UInt64(UInt(bitPattern: object))
    }
  }

  /// The second party misuses it.
  public func misuse(_ place: UInt64) {
    switch self {
    case .frameWriteAfterFree: unsafe PageBytes.pointer(Frame(physical: place)).storeBytes(of: 1, toByteOffset: 8, as: UInt8.self)
    case .frameFreedTwice: Frames.release(Frame(physical: place))
    case .heapWriteAfterFree: unsafe object(place).storeBytes(of: 1, toByteOffset: 32, as: UInt8.self)
    case .heapFreedTwice: unsafe KernelHeap.release(object(place))
    case .heapOverrun:
      unsafe object(place).storeBytes(of: 1, toByteOffset: 40, as: UInt8.self)
      unsafe KernelHeap.release(object(place))
    }
  }

  /// The first party goes on, until the memory would be somebody else's.
  public func goOn() {
    for _ in 0..<200 {
      if let object = unsafe KernelHeap.allocate(40, alignment: 16) { unsafe KernelHeap.release(object) }
      if let frame = Frames.allocate(zeroed: false) { Frames.release(frame) }
    }
  }

  private func object(_ place: UInt64) -> UnsafeMutableRawPointer {
    unsafe UnsafeMutableRawPointer(bitPattern: UInt(place)).unsafelyUnwrapped
  }
}
