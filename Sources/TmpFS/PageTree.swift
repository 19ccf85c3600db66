import Memory

/// The pages of a file in memory, by index, holes left out: a radix tree with 64 branches a level, as high as the
/// largest index asks for. A file of up to 256 KiB is one leaf. The tree owns one reference to each frame.
struct PageTree: ~Copyable {
  private var root: PageNode?
  /// Levels of branches above the leaves.
  private var height = 0
  /// Pages that are there.
  private(set) var count = 0

  /// The frame of a page; nil for a hole. The caller takes a reference of its own before it lets go of the lock.
  @inline(__always)
  func find(_ index: UInt64) -> Frame? {
    guard let root, index >> UInt64(6 &* (height &+ 1)) == 0 else { return nil }
    return root.find(index, height)
  }

  /// Gives `body` those of the pages `range` that are there, by index. Goes down the tree once for each 64.
  @inline(__always)
  func visit(_ range: Range<UInt64>, _ body: (UInt64, Frame) -> Void) {
    guard let root else { return }
    var index = range.lowerBound
    while index < range.upperBound, index >> UInt64(6 &* (height &+ 1)) == 0 {
      let end = min(range.upperBound, (index | 63) &+ 1)
      if let leaf = root.leaf(index, height) {
        while index < end {
          if let frame = leaf.frame(index) { body(index, frame) }
          index &+= 1
        }
      }
      index = end
    }
  }

  /// Fills a hole; hands over one reference. Gives the frame that is there instead, if it was no hole.
  mutating func insert(_ index: UInt64, _ frame: Frame) -> Frame? {
    if let present = find(index) { return present }
    if root == nil {
      while index >> UInt64(6 &* (height &+ 1)) != 0 { height &+= 1 }
      root = PageNode.make(height)
    }
    while index >> UInt64(6 &* (height &+ 1)) != 0, let old = root {
      height &+= 1
      let above = PageBranch()
      above.children[0] = old
      root = above
    }
    root?.insert(index, height, frame)
    count &+= 1
    return nil
  }

  /// Takes out up to a leaf's worth of pages with indices in `range`, the first ones; nil when there are none. The
  /// caller releases them without the lock (`PageBatch`).
  mutating func take(_ range: Range<UInt64>) -> PageBatch? {
    guard let root, let first = root.next(range.lowerBound, height, 0), first < range.upperBound else { return nil }
    var batch = PageBatch()
    // To the end of the leaf that the first one is in.
    let end = min(range.upperBound, (first | 63) &+ 1)
    var index = first
    while index < end {
      if let frame = root.remove(index, height) { batch.add(frame) }
      index &+= 1
    }
    count &-= batch.count
    if count == 0 {
      self.root = nil
      height = 0
    }
    return batch
  }

  /// The first page from `index` on that is there.
  func nextPresent(_ index: UInt64) -> UInt64? {
    guard let root, index >> UInt64(6 &* (height &+ 1)) == 0 else { return nil }
    return root.next(index, height, 0)
  }
}

/// Up to 64 frames with the references to them, which `release` gives back.
struct PageBatch {
  private var frames = InlineArray<64, UInt32>(repeating: 0)
  private(set) var count = 0

  mutating func add(_ frame: Frame) {
    frames[count] = frame.number
    count &+= 1
  }

  func release() {
    for index in 0..<count { Frames.release(Frame(number: frames[index])) }
  }
}

/// A node of the tree. `index` is that of a page in the file, of which a node `height` levels above the leaves looks at
/// its own six bits.
class PageNode {
  func find(_ index: UInt64, _ height: Int) -> Frame? { nil }
  /// The leaf that page `index` is in.
  func leaf(_ index: UInt64, _ height: Int) -> PageLeaf? { nil }
  func insert(_ index: UInt64, _ height: Int, _ frame: Frame) {}
  func remove(_ index: UInt64, _ height: Int) -> Frame? { nil }
  /// The first page at or after `index` below this node, whose pages begin at `base`.
  func next(_ index: UInt64, _ height: Int, _ base: UInt64) -> UInt64? { nil }

  static func make(_ height: Int) -> PageNode { height == 0 ? PageLeaf() : PageBranch() }
}

final class PageLeaf: PageNode {
  /// Frame number + 1; 0 for a hole.
  private var frames = InlineArray<64, UInt32>(repeating: 0)

  override func find(_ index: UInt64, _ height: Int) -> Frame? { frame(index) }
  override func leaf(_ index: UInt64, _ height: Int) -> PageLeaf? { self }

  @inline(__always)
  func frame(_ index: UInt64) -> Frame? {
    let number = frames[Int(truncatingIfNeeded: index & 63)]
    return number == 0 ? nil : Frame(number: number &- 1)
  }

  override func insert(_ index: UInt64, _ height: Int, _ frame: Frame) {
    frames[Int(truncatingIfNeeded: index & 63)] = frame.number &+ 1
  }

  override func remove(_ index: UInt64, _ height: Int) -> Frame? {
    let slot = Int(truncatingIfNeeded: index & 63)
    let number = frames[slot]
    frames[slot] = 0
    return number == 0 ? nil : Frame(number: number &- 1)
  }

  override func next(_ index: UInt64, _ height: Int, _ base: UInt64) -> UInt64? {
    var slot = index <= base ? 0 : Int(truncatingIfNeeded: index &- base)
    while slot < 64 {
      if frames[slot] != 0 { return base &+ UInt64(slot) }
      slot &+= 1
    }
    return nil
  }

  deinit {
    for slot in 0..<64 where frames[slot] != 0 { Frames.release(Frame(number: frames[slot] &- 1)) }
  }
}

final class PageBranch: PageNode {
  var children = InlineArray<64, PageNode?>(repeating: nil)

  @inline(__always)
  private func slot(_ index: UInt64, _ height: Int) -> Int {
    Int(truncatingIfNeeded: (index >> UInt64(6 &* height)) & 63)
  }

  override func find(_ index: UInt64, _ height: Int) -> Frame? {
    children[slot(index, height)]?.find(index, height &- 1)
  }

  override func leaf(_ index: UInt64, _ height: Int) -> PageLeaf? {
    children[slot(index, height)]?.leaf(index, height &- 1)
  }

  override func insert(_ index: UInt64, _ height: Int, _ frame: Frame) {
    let slot = slot(index, height)
    if let child = children[slot] { return child.insert(index, height &- 1, frame) }
    let child = PageNode.make(height &- 1)
    children[slot] = child
    child.insert(index, height &- 1, frame)
  }

  override func remove(_ index: UInt64, _ height: Int) -> Frame? {
    children[slot(index, height)]?.remove(index, height &- 1)
  }

  override func next(_ index: UInt64, _ height: Int, _ base: UInt64) -> UInt64? {
    let span: UInt64 = 1 << UInt64(6 &* height)
    var slot = index <= base ? 0 : Int(truncatingIfNeeded: (index &- base) / span)
    while slot < 64 {
      if let child = children[slot], let found = child.next(index, height &- 1, base &+ UInt64(slot) &* span) {
        return found
      }
      slot &+= 1
    }
    return nil
  }
}
