extension Task {
  /// What the thread does by a system call earns it a signal (`SIGPIPE`, `SIGXFSZ`): sent to this thread, and blocked or
  /// ignored like any other.
  public func signalSelf(_ signal: Signal) {
    do { try process.send(.kernel(signal), to: self) } catch {}
  }
}
