import Basics
import Locking
import Machine
import Processes

/// One system call under way: who calls, and with what.
///
/// The arguments are what the program left in the registers, all 64 bits of each. C's narrower types take the
/// low bits (`int`: `int(call.a0)`), as Linux does. Lives on the caller's kernel stack only.
///
/// Unsafe because it holds the task unretained and reads the saved registers in place: a call must not pay for
/// reference counts or copies. Both outlive the call: they belong to the thread that makes it.
@safe public struct Call: ~Copyable {
  private let unretained: Unmanaged<Task>
  private let frame: UnsafeMutablePointer<UserFrame>

  @inline(__always)
  init(_ task: Unmanaged<Task>, _ frame: UnsafeMutablePointer<UserFrame>) {
    unsafe unretained = task
    unsafe self.frame = frame
  }

  /// The calling thread. Its `files`, `fs`, `space` and `credentials` are what handlers work on.
  @inline(__always) public var task: Task { unsafe unretained.takeUnretainedValue() }

  /// Runs `body` with the calling thread, uncounted: it cannot go while it makes the call. For hot paths; `task` counts
  /// a reference up and down around each use.
  @inline(__always)
  func withTask<Result>(_ body: (Task) throws(Errno) -> Result) throws(Errno) -> Result {
    try unsafe unretained.borrow(body)
  }

  @inline(__always) public var a0: UInt64 { unsafe frame.pointee.rdi }
  @inline(__always) public var a1: UInt64 { unsafe frame.pointee.rsi }
  @inline(__always) public var a2: UInt64 { unsafe frame.pointee.rdx }
  @inline(__always) public var a3: UInt64 { unsafe frame.pointee.r10 }
  @inline(__always) public var a4: UInt64 { unsafe frame.pointee.r8 }
  @inline(__always) public var a5: UInt64 { unsafe frame.pointee.r9 }

  /// All of the program's registers.
  @inline(__always) public var registers: UserRegisters { unsafe UserRegisters(frame) }

  /// The most bytes that one read or write moves (`MAX_RW_COUNT` of Linux).
  public static var maximumCount: UInt64 { 0x7fff_f000 }
}

/// A C `int` argument: the low 32 bits.
@inline(__always)
public func int(_ argument: UInt64) -> Int32 { Int32(truncatingIfNeeded: argument) }

/// A C `unsigned int` argument: the low 32 bits.
@inline(__always)
public func uint(_ argument: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: argument) }
