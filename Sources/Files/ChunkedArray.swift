/// An array in pieces of at most 256 elements, so that a large table asks the kernel heap for no large piece of
/// neighbouring memory (which may not be there, and has a limit). Access is O(1).
public struct ChunkedArray<Element> {
  private var chunks: [[Element]] = []
  public private(set) var count = 0

  public init() {}

  public init(repeating element: Element, count: Int) {
    self.count = count
    var left = count
    while left > 0 {
      chunks.append([Element](repeating: element, count: min(left, 256)))
      left &-= 256
    }
  }

  public subscript(index: Int) -> Element {
    @inline(__always) get { chunks[index >> 8][index & 255] }
    @inline(__always) _modify { yield &chunks[index >> 8][index & 255] }
  }

  public mutating func append(_ element: Element) {
    if count & 255 == 0 { chunks.append([]) }
    chunks[count >> 8].append(element)
    count &+= 1
  }

  public mutating func popLast() -> Element? {
    guard count > 0 else { return nil }
    count &-= 1
    let element = chunks[count >> 8].removeLast()
    if count & 255 == 0 { chunks.removeLast() }
    return element
  }
}
