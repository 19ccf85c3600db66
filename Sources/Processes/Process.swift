import Basics

/// A thread group: what `getpid(2)` names, and what is waited for.
public final class Process: @unchecked Sendable {
  /// The process's number. Never changes.
  public let id: Int32

  init(id: Int32) { self.id = id }
}
