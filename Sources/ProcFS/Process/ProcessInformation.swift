/// What `/proc/PID/stat`, `status` and their kin show of one process or one of its threads: a copy, taken at one
/// moment. Processes fills it in; the text is made here (`proc(5)`).
public struct ProcessInformation {
  /// `proc(5)`'s letters.
  public enum State: UInt8 {
    case running = 0x52  // R
    case sleeping = 0x53  // S, interruptible
    case diskSleep = 0x44  // D, uninterruptible
    case stopped = 0x54  // T
    case traced = 0x74  // t
    case zombie = 0x5a  // Z
    case dead = 0x58  // X
  }

  /// The thread's number when a thread was asked for, else the process's.
  public var id: Int32 = 0
  /// The thread group.
  public var process: Int32 = 0
  public var parent: Int32 = 0
  public var group: Int32 = 0
  public var session: Int32 = 0
  /// The controlling terminal's device number as `stat(2)` encodes it; 0 for none.
  public var terminal: UInt32 = 0
  /// The terminal's foreground process group; -1 without a terminal.
  public var foregroundGroup: Int32 = -1
  public var threads: Int = 1
  /// `comm`: at most 15 bytes.
  public var name: [UInt8] = []
  public var state: State = .sleeping
  /// Never runs in user mode (the kernel's `init`, for example): has no memory, command line or executable.
  public var isKernelThread = false

  public var minorFaults: UInt64 = 0
  public var majorFaults: UInt64 = 0
  public var childMinorFaults: UInt64 = 0
  public var childMajorFaults: UInt64 = 0
  /// Nanoseconds. Of a process: of all its threads, those gone included.
  public var userTime: UInt64 = 0
  public var systemTime: UInt64 = 0
  /// Nanoseconds, of children waited for.
  public var childUserTime: UInt64 = 0
  public var childSystemTime: UInt64 = 0
  /// Nanoseconds since boot.
  public var startTime: UInt64 = 0
  /// -20 … 19.
  public var nice: Int = 0
  public var lastCPU: Int = 0
  /// `SCHED_OTHER` 0, `SCHED_BATCH` 3, `SCHED_IDLE` 5, `SCHED_FIFO` 1, `SCHED_RR` 2.
  public var policy: UInt32 = 0
  public var realTimePriority: UInt32 = 0
  /// The CPUs it may run on, bit n of word n/64.
  public var allowedCPUs: [UInt64] = []
  public var voluntarySwitches: UInt64 = 0
  public var involuntarySwitches: UInt64 = 0

  /// What the parent is sent when it ends; SIGCHLD as a rule.
  public var exitSignal: Int32 = 17
  public var exitCode: Int32 = 0

  /// Bytes and pages of its address space; the addresses are 0 when unknown.
  public var virtualSize: UInt64 = 0
  public var residentPages: UInt64 = 0
  public var sharedPages: UInt64 = 0
  public var peakVirtualSize: UInt64 = 0
  public var peakResidentPages: UInt64 = 0
  public var dataSize: UInt64 = 0
  public var stackSize: UInt64 = 0
  public var textSize: UInt64 = 0
  public var residentLimit: UInt64 = .max
  public var codeStart: UInt64 = 0
  public var codeEnd: UInt64 = 0
  public var dataStart: UInt64 = 0
  public var dataEnd: UInt64 = 0
  public var breakStart: UInt64 = 0
  public var stackStart: UInt64 = 0
  /// Where `execve` put the argument strings and the environment strings.
  public var argumentsStart: UInt64 = 0
  public var argumentsEnd: UInt64 = 0
  public var environmentStart: UInt64 = 0
  public var environmentEnd: UInt64 = 0

  /// Signal sets: bit n - 1 is signal n.
  public var pending: UInt64 = 0
  public var sharedPending: UInt64 = 0
  public var blocked: UInt64 = 0
  public var ignored: UInt64 = 0
  public var caught: UInt64 = 0
  public var queuedSignals: Int = 0
  public var queuedSignalLimit: UInt64 = 0

  /// Real, effective, saved, file system.
  public var users: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
  public var groups: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
  public var supplementaryGroups: [UInt32] = []
  /// Inheritable, permitted, effective, bounding, ambient.
  public var capabilities: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
  public var noNewPrivileges = false
  public var umask: UInt32 = 0o022
  /// How many descriptors its table has room for.
  public var descriptorSlots: Int = 64

  public init() {}
}

/// Counts over all processes.
public struct SystemTotals {
  /// Threads that run or could run, and all threads.
  public var runnableThreads: Int = 0
  public var allThreads: Int = 0
  /// Threads in uninterruptible sleep.
  public var blockedThreads: Int = 0
  /// Processes made since boot, threads included (`processes` of `/proc/stat`).
  public var created: UInt64 = 0
  public var contextSwitches: UInt64 = 0
  /// The process id given last.
  public var lastProcess: Int32 = 0
  /// Load averages of 1, 5 and 15 minutes, in 1/2048 (fixed point, 11 bits).
  public var load: (UInt64, UInt64, UInt64) = (0, 0, 0)

  public init() {}
}
