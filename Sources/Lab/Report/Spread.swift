/// What repeated measurements say: the middle one and the extremes.
public struct Spread: Equatable, Sendable {
  public let median, least, most: Double

  /// `values` must not be empty.
  public init(_ values: [Double]) {
    let sorted = values.sorted()
    least = sorted.first ?? 0
    most = sorted.last ?? 0
    let middle = sorted.count / 2
    median = sorted.isEmpty ? 0 : sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
