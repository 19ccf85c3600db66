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

/// An object that something else keeps: a reference that is not counted. For hot paths, where whoever makes one knows of
/// a counted reference that stays for as long as this one is used, and says which.
///
/// Make it of the place where the object is kept, not of a variable that then holds it too: only so is nothing counted.
@safe public struct Uncounted<Object: AnyObject> {
  private let reference: Unmanaged<Object>

  @inline(__always) public init(_ object: Object) { unsafe reference = .passUnretained(object) }

  /// Runs `body` with the object.
  @inline(__always)
  public func use<Value, Failure: Error>(_ body: (Object) throws(Failure) -> Value) throws(Failure) -> Value {
    try unsafe reference.borrow(body)
  }
}
