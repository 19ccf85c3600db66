import Synchronization

/// How often a regular file is open for writing, and how often it is a running program: never both (ETXTBSY).
/// Each side counts itself first and looks at the other then, so at least one of two that meet sees the other.
public struct ProgramUse: ~Copyable, Sendable {
  private let writers = Atomic<Int>(0)
  private let executors = Atomic<Int>(0)

  func addWriter() { writers.wrappingAdd(1, ordering: .sequentiallyConsistent) }
  func removeWriter() { writers.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
  func addExecutor() { executors.wrappingAdd(1, ordering: .sequentiallyConsistent) }
  func removeExecutor() { executors.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
  var isWritten: Bool { writers.load(ordering: .sequentiallyConsistent) > 0 }
  var isExecuted: Bool { executors.load(ordering: .sequentiallyConsistent) > 0 }
}

extension Inode {
  /// A program starts to run from this file; false (ETXTBSY) when somebody has it open for writing. Each true is
  /// balanced by `endExecution` when the process ends or runs something else.
  public final func beginExecution() -> Bool {
    programUse.addExecutor()
    if !programUse.isWritten { return true }
    programUse.removeExecutor()
    return false
  }
  public final func endExecution() { programUse.removeExecutor() }

  final var isExecuted: Bool { programUse.isExecuted }
}
