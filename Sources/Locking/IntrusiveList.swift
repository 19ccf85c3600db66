import Synchronization

/// What can be an element of an `IntrusiveList`: an object that is on at most one list at a time.
@safe open class ListNode {
  fileprivate final var next: Unmanaged<ListNode>?
  fileprivate final var previous: Unmanaged<ListNode>?
  private let linked = Atomic<Bool>(false)
  /// Whether it is on a list. Guarded by the lock of that list; but who alone puts it on lists may look without: once
  /// that says no, nobody who took it off touches it any more.
  public fileprivate(set) final var isLinked: Bool {
    @inline(__always) get { linked.load(ordering: .acquiring) }
    @inline(__always) set { linked.store(newValue, ordering: .releasing) }
  }
  public init() {
    unsafe next = nil
    unsafe previous = nil
  }
}

/// A doubly linked list through its elements: every operation is O(1) and allocates nothing. The list keeps
/// its elements alive. Lives in the state of a lock.
@safe public struct IntrusiveList<Element: ListNode>: ~Copyable {
  private var head: Unmanaged<ListNode>?
  private var tail: Unmanaged<ListNode>?
  public private(set) var count = 0

  public init() {
    unsafe head = nil
    unsafe tail = nil
  }

  @inline(__always) public var isEmpty: Bool { unsafe head == nil }

  /// The first element.
  public var first: Element? {
    guard let head = unsafe head else { return nil }
    return unsafe unsafeDowncast(head.takeUnretainedValue(), to: Element.self)
  }

  /// Adds `element` at the end. It must be on no list.
  public mutating func append(_ element: Element) {
    let node = unsafe Unmanaged<ListNode>.passRetained(element)
    element.isLinked = true
    unsafe element.next = nil
    unsafe element.previous = tail
    if let last = unsafe tail {
      unsafe last._withUnsafeGuaranteedRef { unsafe $0.next = node }
    } else {
      unsafe head = node
    }
    unsafe tail = node
    count &+= 1
  }

  /// Adds `element` at the start. It must be on no list.
  public mutating func prepend(_ element: Element) {
    let node = unsafe Unmanaged<ListNode>.passRetained(element)
    element.isLinked = true
    unsafe element.previous = nil
    unsafe element.next = head
    if let first = unsafe head {
      unsafe first._withUnsafeGuaranteedRef { unsafe $0.previous = node }
    } else {
      unsafe tail = node
    }
    unsafe head = node
    count &+= 1
  }

  /// Takes `element`, which is on this list, off it.
  public mutating func remove(_ element: Element) {
    unlink(element)
    unsafe Unmanaged<ListNode>.passUnretained(element).release()
  }

  /// Takes `element` off; the list's reference to it is left to the caller.
  @inline(__always) private mutating func unlink(_ element: ListNode) {
    let next = unsafe element.next
    let previous = unsafe element.previous
    if let previous = unsafe previous {
      unsafe previous._withUnsafeGuaranteedRef { unsafe $0.next = next }
    } else {
      unsafe head = next
    }
    if let next = unsafe next {
      unsafe next._withUnsafeGuaranteedRef { unsafe $0.previous = previous }
    } else {
      unsafe tail = previous
    }
    unsafe element.next = nil
    unsafe element.previous = nil
    count &-= 1
    element.isLinked = false
  }

  /// Takes the first element off.
  public mutating func popFirst() -> Element? {
    guard let node = unsafe head else { return nil }
    let element = unsafe unsafeDowncast(node.takeRetainedValue(), to: Element.self)
    let next = unsafe element.next
    unsafe head = next
    if let next = unsafe next {
      unsafe next._withUnsafeGuaranteedRef { unsafe $0.previous = nil }
    } else {
      unsafe tail = nil
    }
    unsafe element.next = nil
    element.isLinked = false
    count &-= 1
    return element
  }

  /// Runs `body` on each element until it answers true, which takes that element off and ends. What is to be done to the
  /// element before its owner may see it off the list, `body` does.
  public mutating func removeFirst(where body: (Element) -> Bool) -> Element? {
    var cursor = unsafe head
    while let node = unsafe cursor {
      // The list's own reference keeps the element, and goes to the caller with the one that is taken off.
      let isWanted = unsafe node.borrow { unsafe body(unsafeDowncast($0, to: Element.self)) }
      if isWanted {
        unsafe node.borrow { unlink($0) }
        return unsafe unsafeDowncast(node.takeRetainedValue(), to: Element.self)
      }
      unsafe cursor = unsafe node.borrow { unsafe $0.next }
    }
    return nil
  }

  /// Runs `body` once on each element, taking off those for which it answers true.
  public mutating func removeAll(where body: (Element) -> Bool) {
    var cursor = unsafe head
    while let node = unsafe cursor {
      let element = unsafe unsafeDowncast(node.takeUnretainedValue(), to: Element.self)
      unsafe cursor = element.next
      if body(element) { remove(element) }
    }
  }

  /// Moves `element`, which is on this list, behind the one after it, and answers that one; nil where it is the last.
  /// So a walk that lets go of the list's lock keeps its place, by an element of its own.
  public mutating func step(_ element: Element) -> Element? {
    guard let after = unsafe element.next else { return nil }
    let other = unsafe unsafeDowncast(after.takeUnretainedValue(), to: Element.self)
    let node = unsafe Unmanaged<ListNode>.passUnretained(element)
    let before = unsafe element.previous
    let beyond = unsafe other.next
    if let before = unsafe before {
      unsafe before._withUnsafeGuaranteedRef { unsafe $0.next = after }
    } else {
      unsafe head = after
    }
    if let beyond = unsafe beyond {
      unsafe beyond._withUnsafeGuaranteedRef { unsafe $0.previous = node }
    } else {
      unsafe tail = node
    }
    unsafe other.previous = before
    unsafe other.next = node
    unsafe element.previous = after
    unsafe element.next = beyond
    return other
  }

  /// Runs `body` on each element; it must not change the list.
  public func forEach(_ body: (Element) -> Void) {
    var cursor = unsafe head
    while let node = unsafe cursor {
      let element = unsafe unsafeDowncast(node.takeUnretainedValue(), to: Element.self)
      body(element)
      unsafe cursor = element.next
    }
  }

  deinit {
    var cursor = unsafe head
    while let node = unsafe cursor {
      let element = unsafe node.takeRetainedValue()
      unsafe cursor = element.next
      unsafe element.next = nil
      unsafe element.previous = nil
      element.isLinked = false
    }
  }
}
