import Basics
import Files
import Locking
import Machine
import Memory
import Scheduling
import Synchronization

/// One thread of a program (Linux's task); its process is the thread group it belongs to.
///
/// What is not said otherwise belongs to the thread itself: only it reads and writes it. `resources` and
/// `credentials` it alone changes, under the process's `signals` lock, so that others can look under that lock.
public final class Task: Thread {
  /// What all processes share.
  public let system: System
  /// The thread group. Never changes.
  public let process: Process
  /// Its number. Changes only when a thread that is not the first executes a program and takes over the process's.
  public var id: Int32 { number.load(ordering: .relaxed) }
  let number: Atomic<Int32>

  var resources: Resources
  /// Guarded by `process.signals`.
  var signals = TaskSignals()
  /// Who acts; replaced as a whole.
  public private(set) var credentials: Credentials
  /// `comm`: at most 15 bytes. Changed under `process.signals`.
  public internal(set) var name: [UInt8]

  /// Where to write zero and wake a futex when the thread ends (`set_tid_address(2)`).
  public var clearOnExit: UInt64 = 0
  /// The list of futexes held (`set_robust_list(2)`).
  public var robustList: UInt64 = 0
  /// Whom a vfork keeps waiting until this thread executes or ends.
  var vforkWaiter: VforkWaiter? = nil
  /// Here it sleeps for a time, or for a signal: nobody wakes this queue.
  public let sleepQueue = WaitQueue()
  /// How an interrupted sleep goes on (`restart_syscall(2)`).
  public var restart: RestartBlock? = nil
  /// `PR_SET_PDEATHSIG`, `PR_SET_NO_NEW_PRIVS`, `PR_SET_KEEPCAPS`, `personality(2)`, `PR_SET_TIMERSLACK`.
  public var attributes = TaskAttributes()
  /// Its place in a futex queue; made on first use.
  var futexWaiter: FutexWaiter? = nil
  /// What its program's last fault was, for handlers (`sigcontext`).
  public var fault = FaultRecord()
  /// Page faults that needed no reading, and those that did.
  public var minorFaults: UInt64 = 0
  public var majorFaults: UInt64 = 0

  /// Set by `exit(2)`: the thread ends at the edge to user mode, with this status.
  var exitStatus: Int32? = nil
  /// It is on its way out. Guarded by `process.signals`.
  var isEnding = false
  /// The largest resident set of its memory, KiB, noted when it leaves it.
  var peakResident: UInt64 = 0
  /// With CLONE_PARENT or CLONE_THREAD: the maker's parent is the parent.
  var startsAsSibling = false

  /// What a kernel task does in place of a program.
  private var body: ((Task) -> Void)?

  init(
    system: System, process: Process, id: Int32, stack: consuming KernelStack, floatingPoint: FloatingPointState?,
    resources: Resources, credentials: Credentials, name: [UInt8], body: ((Task) -> Void)? = nil
  ) {
    self.system = system
    self.process = process
    number = Atomic(id)
    self.resources = resources
    self.credentials = credentials
    self.name = name
    self.body = body
    super.init(identifier: id, stack: stack, floatingPoint: floatingPoint)
    traceName()
  }

  #if CHECKED
  /// A thread that ran has let go of everything before.
  deinit {
    guard currentState == .dead else { return }
    if resources.space != nil || resources.files != nil || resources.fs != nil {
      Machine.panic("thread ended with memory or descriptors", UInt64(UInt32(bitPattern: id)))
    }
  }
  #endif

  /// The calling task; nil on a thread of the kernel's own.
  public static var caller: Task? { Thread.currentIfAny as? Task }

  /// Descriptors. Traps after exit, when no code of the thread's runs any more.
  @inline(__always) public var files: FileTable { resources.files! }
  /// Runs `body` with the open file of a descriptor; EBADF. By the thread itself; `body` changes no descriptor.
  @inline(__always)
  public func withFile<Result>(
    _ descriptor: Int32, _ body: (OpenFile) throws(Errno) -> Result
  ) throws(Errno) -> Result {
    // Only the thread itself puts another table in the place of this one, and not in a call on a file.
    try Uncounted(resources.files!).use { (files) throws(Errno) -> Result in
      try files.withFile(descriptor, isAlone: !(resources.fileUsers?.isShared ?? true), body)
    }
  }

  /// Working directory, root, umask.
  @inline(__always) public var fs: FSContext { resources.fs! }
  /// The program's memory.
  @inline(__always) public var space: AddressSpace { resources.space! }

  /// The program's memory; nil for a kernel task, and at the end.
  @inline(__always) public var currentSpace: AddressSpace? { resources.space }

  public override func main() {
    if let body {
      self.body = nil
      body(self)
    }
    if exitStatus == nil, resources.space != nil {
      system.startProgram(self)
    } else {
      finish(status: exitStatus ?? 0)
    }
  }

  /// The stack is free once the thread has left it.
  public override func reap() {
    KernelStacks.release(stack)
  }

  /// Replaces the credentials as a whole; by the thread itself.
  public func setCredentials(_ new: Credentials) {
    let old = credentials
    process.signals.withLock { (_: inout SignalState) in credentials = new }
    _ = old
  }

  /// Tells the trace its name.
  @inline(__always) func traceName() { if Trace.isOn { Trace.name(identifier, name) } }

  /// Sets `comm`: the first 15 bytes count.
  public func rename(_ new: [UInt8]) {
    let short = new.count > 15 ? [UInt8](new[0..<15]) : new
    process.signals.withLock { (_: inout SignalState) in name = short }
    traceName()
  }
}
