/// How a sleep that a signal interrupted goes on when no handler ran (`restart_syscall(2)`).
public enum RestartBlock: Sendable {
  /// Sleep until the monotonic time; where to store the rest when interrupted again (0: nowhere).
  case sleep(until: UInt64, remainder: UInt64)
  case poll(until: UInt64, descriptors: UInt64, count: UInt64)
  case futex(until: UInt64, address: UInt64, value: UInt32, bitset: UInt32, shared: Bool)
}
