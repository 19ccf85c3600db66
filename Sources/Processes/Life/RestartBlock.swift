/// How a sleep that a signal interrupted goes on when no handler ran (`restart_syscall(2)`).
public enum RestartBlock: Sendable {
  /// Sleep until the monotonic time; where to store the rest when interrupted again (0: nowhere).
  case sleep(until: UInt64, remainder: UInt64)
}
