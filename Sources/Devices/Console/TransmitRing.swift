/// The bookkeeping of a ring of bytes from which a device reads: where the next bytes go, and which have been
/// read. Pieces are handed to the device one by one and may be finished in any order; space is reused in order.
struct TransmitRing: ~Copyable {
  struct Piece: Equatable {
    var offset: Int
    var length: Int
    /// What `finish` takes.
    var token: Int
  }

  let capacity: Int
  /// Where the next byte goes, and how many bytes before it are still in use.
  private var head = 0
  private(set) var inUse = 0
  /// A ring of pieces in flight, oldest first: token modulo its size is the place.
  private var pieces: [(length: Int, finished: Bool)]
  private var oldest = 0
  private var next = 0

  /// - Parameter pieceLimit: how many pieces can be in flight; a power of two.
  init(capacity: Int, pieceLimit: Int) {
    self.capacity = capacity
    pieces = Array(repeating: (0, false), count: pieceLimit)
  }

  /// Takes contiguous space for up to `count` bytes; nil when there is none, or too many pieces are in flight.
  mutating func reserve(_ count: Int) -> Piece? {
    let length = min(count, capacity - inUse, capacity - head)
    guard length > 0, next &- oldest < pieces.count else { return nil }
    let piece = Piece(offset: head, length: length, token: next & (pieces.count &- 1))
    pieces[piece.token] = (length, false)
    next &+= 1
    head = head &+ length == capacity ? 0 : head &+ length
    inUse &+= length
    return piece
  }

  /// The device has read a piece. Each token is finished once.
  mutating func finish(_ token: Int) {
    guard pieces.indices.contains(token) else { return }
    pieces[token].finished = true
    while oldest != next, pieces[oldest & (pieces.count &- 1)].finished {
      inUse &-= pieces[oldest & (pieces.count &- 1)].length
      pieces[oldest & (pieces.count &- 1)].finished = false
      oldest &+= 1
    }
  }
}
