/// A fixed number of values of any kind, made once. (An `InlineArray` of values with a deinitialiser, inside a lock,
/// crashes the 6.3 compiler in Embedded mode.)
@safe public struct FixedArray<Element: ~Copyable>: ~Copyable {
  private let elements: UnsafeMutablePointer<Element>
  public let count: Int

  public init(count: Int, _ make: (Int) -> Element) {
    self.count = count
    unsafe elements = .allocate(capacity: count)
    for index in 0..<count { unsafe (elements + index).initialize(to: make(index)) }
  }

  @inline(__always) public subscript(index: Int) -> Element {
    unsafeAddress {
      precondition(index >= 0 && index < count)
      return unsafe UnsafePointer(elements + index)
    }
    unsafeMutableAddress {
      precondition(index >= 0 && index < count)
      return unsafe elements + index
    }
  }

  deinit {
    unsafe elements.deinitialize(count: count)
    unsafe elements.deallocate()
  }
}
