import Locking
import Synchronization

/// Who holds a process or a page, and since when.
public struct Owner: Equatable, Sendable {
  public let cpu: Int
  /// The race's clock when it was taken.
  public let time: UInt64

  /// One word: the time above the CPU's number plus one, so that no owner is 0.
  fileprivate var word: UInt64 { time &<< 9 | UInt64(truncatingIfNeeded: cpu &+ 1) }

  init(cpu: Int, time: UInt64) {
    self.cpu = cpu
    self.time = time
  }

  fileprivate init?(word: UInt64) {
    guard word != 0 else { return nil }
    cpu = Int(word & 0x1ff) &- 1
    time = word &>> 9
  }
}

/// An owner word for each of a number of things. Taking one that is taken changes nothing and tells who has it, in
/// one atomic step: so two CPUs that hold the same thing are noticed by the later one, at once and for certain.
struct Owners: ~Copyable {
  private let words: FixedArray<Atomic<UInt64>>

  init(count: Int) { words = FixedArray(count: count) { _ in Atomic(0) } }

  /// Makes `owner` the owner of thing `index`; answers who owns it already, or nil.
  borrowing func claim(_ index: Int, _ owner: Owner) -> Owner? {
    Owner(word: words[index].compareExchange(expected: 0, desired: owner.word, ordering: .acquiringAndReleasing).original)
  }

  /// Thing `index` has no owner any more. Only its owner says so.
  borrowing func release(_ index: Int) { words[index].store(0, ordering: .releasing) }
}
