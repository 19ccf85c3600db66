#if CHECKED
import Machine

/// What a CPU of the checked kernel has freed lately, in the order in which it did: it is given out again only after as
/// many others, so that a use after the end meets the pattern of what is free.
struct Quarantine: ~Copyable {
  private var items: InlineArray<64, UInt> = InlineArray(repeating: 0)
  private var next = 0
  private(set) var count = 0

  init() {}

  /// Puts `item` in, which is not 0; answers what has been in for longest, once it is full.
  mutating func exchange(_ item: UInt) -> UInt? {
    let oldest = items[next]
    items[next] = item
    next = (next &+ 1) & 63
    if oldest == 0 { count &+= 1 }
    return oldest == 0 ? nil : oldest
  }

  /// Takes one out, the oldest first.
  mutating func pop() -> UInt? {
    guard count > 0 else { return nil }
    let place = (next &- count) & 63
    let item = items[place]
    items[place] = 0
    count &-= 1
    return item
  }
}
#endif
