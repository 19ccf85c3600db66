import Basics
import Files
import Memory

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
  /// `cmdline`.
  func memory(of process: Int32, at address: UInt64, count: Int) -> [UInt8]

  /// Sets a thread's name (`/proc/PID/comm`, `prctl(PR_SET_NAME)`).
  func rename(process: Int32, thread: Int32?, to name: [UInt8]) throws(Errno)

  func totals() -> SystemTotals

  /// The descriptors of a process (of its first thread); nil when it has ended.
  func files(of process: Int32) -> FileTable?

  /// Its working directory, root and umask; nil when it has ended.
  func context(of process: Int32) -> FSContext?

  /// The program that it runs; nil for kernel threads and the dead.
  func executable(of process: Int32) -> Location?

  /// Its address space; nil for kernel threads and the dead.
  func space(of process: Int32) -> AddressSpace?

  /// Its resource limits, in the order of their numbers (`RLIMIT_CPU` 0 … `RLIMIT_RTTIME` 15); `.max` for none.
  func limits(of process: Int32) -> [(current: UInt64, maximum: UInt64)]

  /// `oom_score_adj`, -1000 … 1000.
  func outOfMemoryAdjustment(of process: Int32) -> Int
  func setOutOfMemoryAdjustment(of process: Int32, to value: Int) throws(Errno)
}

/// What the machine as a whole is called, and how it was started. Processes (`uname(2)`) implements it.
public protocol SystemIdentity: AnyObject {
  var hostName: [UInt8] { get }
  func setHostName(_ name: [UInt8]) throws(Errno)
  var domainName: [UInt8] { get }
  func setDomainName(_ name: [UInt8]) throws(Errno)
  /// `Linux`, the release `uname -r` shows, and the version line of `uname -v`.
  var systemName: StaticString { get }
  var release: StaticString { get }
  var version: StaticString { get }
}
