import Synchronization

/// A set of CPU indices below 256.
public struct CPUSet: Equatable, Sendable {
  public var words: (UInt64, UInt64, UInt64, UInt64)

  public init() { words = (0, 0, 0, 0) }

  /// The CPUs 0 ..< count.
  public init(first count: Int) {
    self.init()
    for word in 0..<4 {
      let members = min(max(count &- word &* 64, 0), 64)
      self[word: word] = members == 0 ? 0 : ~0 &>> UInt64(64 &- members)
    }
  }

  public static var all: CPUSet { CPUSet(first: 256) }

  @inline(__always) public subscript(word index: Int) -> UInt64 {
    get {
      switch index {
      case 0: words.0
      case 1: words.1
      case 2: words.2
      default: words.3
      }
    }
    set {
      switch index {
      case 0: words.0 = newValue
      case 1: words.1 = newValue
      case 2: words.2 = newValue
      default: words.3 = newValue
      }
    }
  }

  @inline(__always) public func contains(_ cpu: Int) -> Bool { self[word: cpu &>> 6] &>> UInt64(cpu & 63) & 1 != 0 }
  @inline(__always) public mutating func insert(_ cpu: Int) { self[word: cpu &>> 6] |= 1 &<< UInt64(cpu & 63) }
  @inline(__always) public mutating func remove(_ cpu: Int) { self[word: cpu &>> 6] &= ~(1 &<< UInt64(cpu & 63)) }

  public var isEmpty: Bool { words.0 | words.1 | words.2 | words.3 == 0 }

  public var count: Int {
    words.0.nonzeroBitCount + words.1.nonzeroBitCount + words.2.nonzeroBitCount + words.3.nonzeroBitCount
  }

  public static func == (a: CPUSet, b: CPUSet) -> Bool {
    a.words.0 == b.words.0 && a.words.1 == b.words.1 && a.words.2 == b.words.2 && a.words.3 == b.words.3
  }

  public func intersection(_ other: CPUSet) -> CPUSet {
    var result = self
    for word in 0..<4 { result[word: word] &= other[word: word] }
    return result
  }

  /// The lowest member, or the lowest not below `start`, going round.
  public func first(from start: Int = 0) -> Int? {
    for step in 0...4 {
      let word = ((start &>> 6) &+ step) & 3
      var bits = self[word: word]
      if step == 0 { bits &= ~0 &<< UInt64(start & 63) }
      if step == 4 { bits &= ~(~0 &<< UInt64(start & 63)) }
      if bits != 0 { return word &* 64 &+ bits.trailingZeroBitCount }
    }
    return nil
  }

  @inline(__always) public func forEach(_ body: (Int) -> Void) {
    for word in 0..<4 {
      var bits = self[word: word]
      while bits != 0 {
        body(word &* 64 &+ bits.trailingZeroBitCount)
        bits &= bits &- 1
      }
    }
  }
}

/// A set of CPUs that any CPU may change.
public struct AtomicCPUSet: ~Copyable, Sendable {
  private let w0, w1, w2, w3: Atomic<UInt64>

  /// The empty set, or all of 0 ..< 256.
  public init(all: Bool = false) {
    let bits: UInt64 = all ? .max : 0
    w0 = Atomic(bits)
    w1 = Atomic(bits)
    w2 = Atomic(bits)
    w3 = Atomic(bits)
  }

  /// Whether `cpu` is a member now: in one order with all that other CPUs do in that order, since who wakes a thread
  /// queues it first and looks for an idle CPU after (docs/races.md).
  @inline(__always) public borrowing func contains(_ cpu: Int) -> Bool {
    let bits =
      switch cpu &>> 6 {
      case 0: w0.load(ordering: .sequentiallyConsistent)
      case 1: w1.load(ordering: .sequentiallyConsistent)
      case 2: w2.load(ordering: .sequentiallyConsistent)
      default: w3.load(ordering: .sequentiallyConsistent)
      }
    return bits &>> UInt64(cpu & 63) & 1 != 0
  }

  /// Whether it has no member at the moment.
  @inline(__always) public var isEmpty: Bool {
    w0.load(ordering: .sequentiallyConsistent) | w1.load(ordering: .sequentiallyConsistent)
      | w2.load(ordering: .sequentiallyConsistent) | w3.load(ordering: .sequentiallyConsistent) == 0
  }

  @inline(__always) public borrowing func insert(_ cpu: Int) {
    let bit: UInt64 = 1 &<< UInt64(cpu & 63)
    switch cpu &>> 6 {
    case 0: w0.bitwiseOr(bit, ordering: .sequentiallyConsistent)
    case 1: w1.bitwiseOr(bit, ordering: .sequentiallyConsistent)
    case 2: w2.bitwiseOr(bit, ordering: .sequentiallyConsistent)
    default: w3.bitwiseOr(bit, ordering: .sequentiallyConsistent)
    }
  }

  /// Makes `set` the members, 64 at a time.
  public borrowing func store(_ set: CPUSet) {
    w0.store(set.words.0, ordering: .sequentiallyConsistent)
    w1.store(set.words.1, ordering: .sequentiallyConsistent)
    w2.store(set.words.2, ordering: .sequentiallyConsistent)
    w3.store(set.words.3, ordering: .sequentiallyConsistent)
  }

  /// Answers whether it was a member.
  @discardableResult
  @inline(__always) public borrowing func remove(_ cpu: Int) -> Bool {
    let bit: UInt64 = 1 &<< UInt64(cpu & 63)
    let old =
      switch cpu &>> 6 {
      case 0: w0.bitwiseAnd(~bit, ordering: .sequentiallyConsistent).oldValue
      case 1: w1.bitwiseAnd(~bit, ordering: .sequentiallyConsistent).oldValue
      case 2: w2.bitwiseAnd(~bit, ordering: .sequentiallyConsistent).oldValue
      default: w3.bitwiseAnd(~bit, ordering: .sequentiallyConsistent).oldValue
      }
    return old & bit != 0
  }

  /// Takes the members with numbers 64 × `index` and the 63 above out, as bits.
  public borrowing func takeWord(_ index: Int) -> UInt64 {
    switch index {
    case 0: w0.exchange(0, ordering: .acquiringAndReleasing)
    case 1: w1.exchange(0, ordering: .acquiringAndReleasing)
    case 2: w2.exchange(0, ordering: .acquiringAndReleasing)
    default: w3.exchange(0, ordering: .acquiringAndReleasing)
    }
  }

  /// The members now.
  @inline(__always) public borrowing func load() -> CPUSet {
    var set = CPUSet()
    set.words = (
      w0.load(ordering: .sequentiallyConsistent), w1.load(ordering: .sequentiallyConsistent),
      w2.load(ordering: .sequentiallyConsistent), w3.load(ordering: .sequentiallyConsistent)
    )
    return set
  }
}
