import CX86

// Giving the trace its memory.
extension Trace {
  /// Bytes of physical memory for `cpus` CPUs with rings of `ringBytes` each: a page for each CPU's part, then the
  /// rings. The directory lies elsewhere.
  public static func areaLength(cpus: Int, ringBytes: UInt64) -> UInt64 {
    UInt64(cpus) &* (4096 &+ roundedRing(ringBytes))
  }

  /// A ring's capacity is a power of two, and a multiple of a page.
  private static func capacity(_ ringBytes: UInt64) -> UInt64 {
    var capacity: UInt64 = 512
    while capacity &* 2 &* 24 <= min(ringBytes, 1 << 30) { capacity &*= 2 }
    return capacity
  }
  private static func roundedRing(_ ringBytes: UInt64) -> UInt64 { capacity(ringBytes) &* 24 }

  #if hasFeature(Embedded)
  /// Lays out the trace in `area`, which is `areaLength` long and nobody else's, and begins it on the running CPU.
  /// Once, at boot; the other CPUs begin with `begin(on:)`.
  public static func start(at area: UInt64, cpus: Int, ringBytes: UInt64, regime: UInt32) {
    let directory = unsafe self.directory
    let page = unsafe Machine.pointer(toPhysical: UInt64(APUS_TRACE_DIRECTORY))
    unsafe page.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
    unsafe Machine.pointer(toPhysical: area).initializeMemory(as: UInt8.self, repeating: 0, count: cpus &* 4096)
    unsafe directory.pointee.cpus = UInt32(cpus)
    unsafe directory.pointee.capacity = UInt32(capacity(ringBytes))
    unsafe directory.pointee.parts = area
    unsafe directory.pointee.rings = area &+ UInt64(cpus) &* 4096
    unsafe directory.pointee.ticks_per_second = Machine.ticksPerSecond
    unsafe directory.pointee.regime = regime
    unsafe directory.pointee.magic = APUS_TRACE_MAGIC
    begin(on: 0)
    measurePoints()
  }

  static var directory: UnsafeMutablePointer<apus_trace_directory> {
    unsafe Machine.pointer(toPhysical: UInt64(APUS_TRACE_DIRECTORY)).assumingMemoryBound(to: apus_trace_directory.self)
  }

  /// Gives CPU `cpu`, which has a block and does not run yet, or is the running one, its ring.
  public static func begin(on cpu: Int) {
    let directory = unsafe self.directory
    guard unsafe directory.pointee.magic == APUS_TRACE_MAGIC, unsafe cpu < Int(directory.pointee.cpus),
      let block = unsafe apus_cpu_at(UInt32(cpu))
    else { return }
    let address = unsafe directory.pointee.parts &+ UInt64(cpu) &* 4096
    let part = unsafe Machine.pointer(toPhysical: address).assumingMemoryBound(to: apus_trace_cpu.self)
    let ringAddress = unsafe directory.pointee.rings &+ UInt64(cpu) &* UInt64(directory.pointee.capacity) &* 24
    unsafe part.pointee.capacity = directory.pointee.capacity
    unsafe part.pointee.ring = Machine.pointer(toPhysical: ringAddress).assumingMemoryBound(to: apus_trace_record.self)
    unsafe block.pointee.trace = part
  }

  /// Names a lock class and says which region it is of, and whether it is held across sleeps.
  public static func describe(lockClass: UInt8, name: StaticString, region: UInt16, sleeps: Bool) {
    let directory = unsafe self.directory
    guard lockClass < APUS_TRACE_CLASSES else { return }
    let text = unsafe apus_trace_name(directory, UInt32(lockClass))
    for index in 0..<min(name.utf8CodeUnitCount, Int(APUS_TRACE_NAME) &- 1) {
      unsafe text[index] = CChar(bitPattern: name[utf8: index])
    }
    unsafe apus_trace_region(directory, UInt32(lockClass)).pointee = UInt8(region) | (sleeps ? 0x80 : 0)
    unsafe directory.pointee.classes = max(directory.pointee.classes, UInt32(lockClass) &+ 1)
  }
  #else
  public static func describe(lockClass: UInt8, name: StaticString, region: UInt16, sleeps: Bool) {}
  #endif
}
