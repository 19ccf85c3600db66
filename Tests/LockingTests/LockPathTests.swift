import Testing

@testable import Locking

/// The way along observed pairs of lock classes that tells a circle.
@Suite struct LockPathTests {
  private func path(_ pairs: [(UInt8, UInt8)], from start: UInt8, to end: UInt8) -> [UInt8] {
    let path = LockPath(from: start, to: end) { outer in
      pairs.reduce(0) { $1.0 == outer ? $0 | 1 << UInt64($1.1) : $0 }
    }
    return (0..<path.count).map { path[$0] }
  }

  @Test func thereIsNone() {
    #expect(path([], from: 1, to: 2) == [])
    #expect(path([(2, 1)], from: 1, to: 2) == [])
    #expect(path([(1, 3), (3, 1), (2, 3)], from: 1, to: 2) == [])
  }

  @Test func theShortestIsFound() {
    #expect(path([(1, 2)], from: 1, to: 2) == [1, 2])
    #expect(path([(1, 3), (3, 4), (4, 2), (1, 5), (5, 2)], from: 1, to: 2) == [1, 5, 2])
    #expect(path([(0, 63), (63, 62)], from: 0, to: 62) == [0, 63, 62])
  }

  @Test func allClassesInARow() {
    let pairs = (0..<63).map { (UInt8($0), UInt8($0 + 1)) }
    #expect(path(pairs, from: 0, to: 63) == (0..<64).map { UInt8($0) })
  }
}
