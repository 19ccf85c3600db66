/// Columns of text in tables.
extension String {
  /// The text at the left of a column of `width`, with at least `gap` blanks behind it.
  public func leftAligned(_ width: Int, gap: Int = 0) -> String { self + blanks(width, gap) }

  /// The text at the right of a column of `width`, with at least `gap` blanks before it.
  public func rightAligned(_ width: Int, gap: Int = 0) -> String { blanks(width, gap) + self }

  private func blanks(_ width: Int, _ gap: Int) -> String { String(repeating: " ", count: max(gap, width - count)) }
}
