/// A process's resource limits (`getrlimit(2)`), each a soft and a hard value; `unlimited` is all ones.
public struct ResourceLimits: Sendable {
  private var limits: InlineArray<16, Limit>

  public struct Limit: Equatable, Sendable {
    /// The soft limit: what is enforced.
    public var current: UInt64
    /// The hard limit: how far the process may raise the soft one.
    public var maximum: UInt64

    public init(current: UInt64, maximum: UInt64) {
      self.current = current
      self.maximum = maximum
    }
  }

  public enum Resource: Int, Sendable {
    case cpuTime = 0  // seconds
    case fileSize = 1
    case data = 2
    case stack = 3
    case core = 4
    case residentSet = 5
    case processes = 6
    case openFiles = 7
    case lockedMemory = 8
    case addressSpace = 9
    case locks = 10
    case pendingSignals = 11
    case messageQueue = 12
    case nice = 13
    case realTimePriority = 14
    case realTimeTime = 15
  }

  public static var unlimited: UInt64 { .max }
  /// The most that RLIMIT_NOFILE can be raised to (`/proc/sys/fs/nr_open`).
  public static var mostOpenFiles: UInt64 { 1 << 20 }

  /// What the first process starts with: Linux's defaults.
  public init() {
    let none = Limit(current: .max, maximum: .max)
    limits = InlineArray(repeating: none)
    self[.stack] = Limit(current: 8 << 20, maximum: .max)
    self[.core] = Limit(current: 0, maximum: .max)
    self[.processes] = Limit(current: 32000, maximum: 32000)
    self[.openFiles] = Limit(current: 1024, maximum: 4096)
    self[.lockedMemory] = Limit(current: 8 << 20, maximum: 8 << 20)
    self[.pendingSignals] = Limit(current: 4096, maximum: 4096)
    self[.messageQueue] = Limit(current: 819_200, maximum: 819_200)
    self[.nice] = Limit(current: 0, maximum: 0)
    self[.realTimePriority] = Limit(current: 0, maximum: 0)
  }

  subscript(index: Int) -> Limit {
    get { limits[index] }
    set { limits[index] = newValue }
  }

  public subscript(resource: Resource) -> Limit {
    get { limits[resource.rawValue] }
    set { limits[resource.rawValue] = newValue }
  }
}
