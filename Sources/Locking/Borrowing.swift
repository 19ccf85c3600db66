/// Using an object without counting a reference to it.
extension Unmanaged {
  /// Runs `body` with the object. Nothing is counted up or down: who calls this knows of a reference that stays for as
  /// long as `body` runs, and says which. (The library's `_withUnsafeGuaranteedRef` is the same without typed errors;
  /// `takeUnretainedValue` counts up and down around each use.)
  @inline(__always)
  public func borrow<Value, Failure: Error>(_ body: (Instance) throws(Failure) -> Value) throws(Failure) -> Value {
    let outcome = unsafe _withUnsafeGuaranteedRef { (object: Instance) -> Result<Value, Failure> in
      do throws(Failure) { return .success(try body(object)) } catch { return .failure(error) }
    }
    return try outcome.get()
  }
}

/// Using an object that something else keeps.
public enum Uncounted {
  /// Runs `body` with `object`, without counting the reference that `body` has. For hot paths, where the caller knows of
  /// another that stays for as long as `body` runs, and says which.
  @inline(__always)
  public static func use<Object: AnyObject, Value, Failure: Error>(
    _ object: Object, _ body: (Object) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try unsafe Unmanaged.passUnretained(object).borrow(body)
  }
}
