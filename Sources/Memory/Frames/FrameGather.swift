/// Frames that page tables referred to until just now: their references are dropped when no CPU's TLB can
/// lead to them any more.
struct FrameGather: ~Copyable {
  static var capacity: Int { 512 }
  private var frames = InlineArray<512, UInt32>(repeating: FrameTable.none)
  private(set) var count = 0

  init() {}

  /// The caller has made sure of room.
  @inline(__always) mutating func push(_ frame: Frame) {
    frames[count] = frame.number
    count &+= 1
  }

  @inline(__always) mutating func pop() -> Frame? {
    guard count > 0 else { return nil }
    count &-= 1
    return Frame(number: frames[count])
  }

  /// Drops the reference of each.
  mutating func releaseAll() {
    while count > 0 { Frames.releaseSome(of: &self) }
  }
}
