import Basics

/// What ProcFS asks of the room above it: the processes there are. Processes implements it; ProcFS is given the
/// object when it is made.
///
/// All of it may be called at any moment, with no lock held, for numbers that stand for nothing: then the answer
/// is nil.
public protocol ProcessDirectory: AnyObject {
  /// The lowest process number that is at least `id`; nil when there is none.
  func process(from id: Int32) -> Int32?

  /// The lowest number of a thread of `process` that is at least `id`.
  func thread(of process: Int32, from id: Int32) -> Int32?

  /// The process and the thread that ask now.
  var current: (process: Int32, thread: Int32) { get }

  /// The state of a process (`thread` nil) or of one of its threads.
  func information(process: Int32, thread: Int32?) -> ProcessInformation?

  /// Whether the caller may look into the process (memory, descriptors, links): itself, or `ptrace(2)`'s access
  /// mode check.
  func mayInspect(_ process: Int32) -> Bool

  /// Up to `count` bytes of the process's memory from `address` on; ends early where there is none. For
  /// `cmdline` and `environ`.
  func memory(of process: Int32, at address: UInt64, count: Int) -> [UInt8]

  /// Sets a thread's name (`/proc/PID/comm`, `prctl(PR_SET_NAME)`).
  func rename(process: Int32, thread: Int32?, to name: [UInt8]) throws(Errno)

  func totals() -> SystemTotals

  // As soon as Files and Memory are on main, also:
  // func files(of process: Int32) -> FileTable?            // descriptors, fd/
  // func context(of process: Int32) -> FSContext?          // cwd, root, mounts
  // func executable(of process: Int32) -> Location?        // exe
  // func forEachMapping(of process: Int32, _ body: (Mapping) -> Void)   // maps (Mapping: Memory's listing type)
  // func oomScoreAdjustment(process) / setOOMScoreAdjustment
}
