/// Everything that all processes share: the process tree, futexes, names of the machine.
/// The kernel makes one; each `Task` refers to it.
public final class System: @unchecked Sendable {
  public let unknownCalls = UnknownCalls()

  public init() {}
}
