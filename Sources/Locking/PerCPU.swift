import Machine

/// One value for each CPU. Only its own CPU changes it, with interrupts off; others may read racily through
/// `forEach`, so keep what others read in words.
@safe public struct PerCPU<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
  @usableFromInline let values: UnsafeMutablePointer<Padded<Value>>
  @usableFromInline let count: Int

  /// Makes a value for each CPU index below `count`.
  public init(count: Int = Machine.cpuLimit, _ make: (Int) -> Value) {
    self.count = count
    unsafe values = .allocate(capacity: count)
    for cpu in 0..<count { unsafe (values + cpu).initialize(to: Padded(value: make(cpu))) }
  }

  /// Runs `body` on this CPU's value with interrupts off.
  @inline(__always)
  public borrowing func withCurrent<Result: ~Copyable, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    let own = unsafe values + Machine.cpu
    return try unsafe body(&own.pointee.value)
  }

  /// Runs `body` on each CPU's value in turn; racy against their owners.
  public borrowing func forEach(_ body: (Int, borrowing Value) -> Void) {
    for cpu in 0..<count { unsafe body(cpu, values[cpu].value) }
  }

  deinit {
    unsafe values.deinitialize(count: count)
    unsafe values.deallocate()
  }
}

/// Keeps neighbours off each other's cache line (and the prefetcher's pair of lines).
@usableFromInline struct Padded<Value: ~Copyable>: ~Copyable {
  @usableFromInline var value: Value
  @usableFromInline var padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)
  @usableFromInline init(value: consuming Value) { self.value = value }
}
