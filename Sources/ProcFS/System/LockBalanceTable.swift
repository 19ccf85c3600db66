import Locking

extension Text {
  /// `/proc/apus/lock_balance` (checked kernel): a line for each lock class that was ever taken: `CLASS COUNTED ACQUIRED
  /// RELEASED HELD WAITING QUEUED`. `HELD` are those of others than the reader. On a quiet machine the last three are 0, and
  /// `COUNTED`, the acquisitions of `/proc/lock_stat`, are `RELEASED` unless the regime has replaced the class's locks (0)
  /// or the statistics were reset.
  mutating func addLockBalance() {
    for lockClass in LockClass.allCases {
      let balance = LockBalance(summing: lockClass)
      guard balance.acquired > 0 || balance.released > 0 else { continue }
      let held = balance.held(lockClass)
      add(lockClass.name)
      for number in [balance.counted, balance.acquired, balance.released] {
        add(byte: 0x20)
        add(number)
      }
      for number in [held, balance.waiting, balance.queued] {
        add(byte: 0x20)
        add(Int(number))
      }
      newLine()
    }
  }
}
