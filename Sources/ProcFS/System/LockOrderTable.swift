import Locking

extension Text {
  /// `/proc/apus/lock_order` (checked kernel): a line for each pair of lock classes of which the second was taken while
  /// the first was held innermost: `OUTER INNER ADDRESS`, the address being that of the code that did so first. For two
  /// locks of one class, unless they are sleeping ones, also whether the second's address was the higher: `up`, `down` or
  /// `both`.
  mutating func addLockOrder() {
    for outer in LockClass.allCases {
      let row = LockOrder.row(of: outer.rawValue)
      for inner in LockClass.allCases where row &>> UInt64(inner.rawValue) & 1 != 0 {
        add(outer.name)
        add(byte: 0x20)
        add(inner.name)
        add(" 0x")
        add(hex: LockOrder.site(outer: outer, inner: inner), digits: 12)
        if inner == outer, !inner.sleeps {
          let (up, down) = LockOrder.nesting(of: inner)
          add(up ? (down ? " both" : " up") : " down")
        }
        newLine()
      }
    }
  }
}
