import Machine

/// What the checked kernel does to heap objects to catch overruns, double frees and use after free:
///
/// - the last 16 bytes of a slot hold the size asked for and a canary that depends on the address; the bytes
///   between the object's end and them hold a pattern;
/// - a free object is filled with another pattern (but for the list link in its first four bytes), which is looked at when
///   it leaves the quarantine and when it is handed out again;
/// - an object that is freed goes through its CPU's quarantine first: a write through an old reference finds the pattern, and
///   not the next owner's data.
///
/// On the host, Address Sanitizer is told of the same: a free object and what lies behind an object's end cannot be touched.
///
/// In the ordinary kernel all of it compiles to nothing.
enum HeapChecks {
  #if CHECKED
  /// Bytes that each object needs besides its own.
  @inline(__always) static var overhead: Int { 16 }
  /// Bytes that an object of `size` takes: room for a list link that does not lie in the trailer, too.
  @inline(__always) static func padded(_ size: Int) -> Int { max(size, 16) &+ overhead }
  private static var freePattern: UInt8 { 0x6b }
  private static var gapPattern: UInt8 { 0xbd }
  private static var freedMark: UInt { 0xdead_beef_dead_beef }

  static func poison(_ object: UInt, _ sizeClass: Int) {
    let slot = SizeClasses.size(sizeClass)
    let bytes = unsafe UnsafeMutablePointer<UInt8>(bitPattern: object).unsafelyUnwrapped
    Machine.allowAccess(object, slot)
    unsafe bytes.update(repeating: freePattern, count: slot &- 16)
    unsafe trailer(object, slot).pointee = freedMark
    // The first words are the list's.
    Machine.forbidAccess(object &+ 8, slot &- 8)
  }

  /// Panics when a free object was written to. The link that a list may have put into it does not count.
  static func verify(_ object: UInt, _ sizeClass: Int) {
    let slot = SizeClasses.size(sizeClass)
    let bytes = unsafe UnsafeMutablePointer<UInt8>(bitPattern: object).unsafelyUnwrapped
    Machine.allowAccess(object, slot)
    var at = 4
    while at < slot &- 16 {
      if unsafe bytes[at] != freePattern { Misuse.found("heap object written after it was freed", object) }
      at &+= 1
    }
    if unsafe trailer(object, slot).pointee != freedMark { Misuse.found("free heap object lost its mark", object) }
  }

  static func willHandOut(_ object: UInt, _ sizeClass: Int, _ size: Int) {
    let slot = SizeClasses.size(sizeClass)
    let bytes = unsafe UnsafeMutablePointer<UInt8>(bitPattern: object).unsafelyUnwrapped
    verify(object, sizeClass)
    unsafe trailer(object, slot).pointee = UInt(size)
    unsafe (trailer(object, slot) + 1).pointee = canary(object)
    unsafe (bytes + size).update(repeating: gapPattern, count: slot &- 16 &- size)
    Machine.forbidAccess(object &+ UInt(size), slot &- size)
  }

  static func willTakeBack(_ object: UInt, _ sizeClass: Int) {
    let slot = SizeClasses.size(sizeClass)
    let bytes = unsafe UnsafeMutablePointer<UInt8>(bitPattern: object).unsafelyUnwrapped
    Machine.allowAccess(object, slot)
    let size = unsafe trailer(object, slot).pointee
    if size == freedMark { Misuse.found("heap object freed twice", object) }
    if unsafe size > UInt(slot &- 16) || (trailer(object, slot) + 1).pointee != canary(object) {
      Machine.panic("heap object overrun", UInt64(object))
    }
    for at in Int(size)..<(slot &- 16) where unsafe bytes[at] != gapPattern {
      Machine.panic("heap object overrun", UInt64(object))
    }
    poison(object, sizeClass)
    Misuse.noteFree(object)
  }

  private static func trailer(_ object: UInt, _ slot: Int) -> UnsafeMutablePointer<UInt> {
    unsafe UnsafeMutablePointer(bitPattern: object &+ UInt(slot &- 16)).unsafelyUnwrapped
  }

  private static func canary(_ object: UInt) -> UInt { object &* 0x9e37_79b9_7f4a_7c15 ^ 0x5bd1_e995_0000_0001 }
  #else
  @inline(__always) static var overhead: Int { 0 }
  @inline(__always) static func padded(_ size: Int) -> Int { size }
  @inline(__always) static func poison(_ object: UInt, _ sizeClass: Int) {}
  @inline(__always) static func willHandOut(_ object: UInt, _ sizeClass: Int, _ size: Int) {}
  @inline(__always) static func willTakeBack(_ object: UInt, _ sizeClass: Int) {}
  #endif
}
