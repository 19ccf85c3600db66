import Builtin

/// Storage for one value at a fixed address inside its owner, initialised for the owner's whole life.
/// Who may touch it when is the owner's business: a lock, a CPU, a thread.
@_rawLayout(like: Value, movesAsLike)
public struct Cell<Value: ~Copyable>: ~Copyable {
  @inline(__always) public init(_ value: consuming Value) { unsafe address.initialize(to: value) }

  @inline(__always) public var address: UnsafeMutablePointer<Value> {
    unsafe UnsafeMutablePointer<Value>(Builtin.addressOfRawLayout(self))
  }

  /// Where it is, as a number that tells it from others while it lives.
  @inline(__always) public var identity: UInt64 { unsafe UInt64(UInt(bitPattern: address)) }

  deinit { unsafe address.deinitialize(count: 1) }
}

extension Cell: @unchecked Sendable where Value: ~Copyable {}

extension Cell where Value: ~Copyable {
  /// Runs `body` on the value. The caller has it to itself: that is what a lock is for.
  @inline(__always)
  public borrowing func withValue<Result: ~Copyable, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let value = unsafe address
    return try unsafe body(&value.pointee)
  }
}
