import Basics
import Processes

/// One system call under way: who calls, and with what.
///
/// The arguments are what the program left in the registers, all 64 bits of each. C's narrower types take the
/// low bits (`int`: `int(call.a0)`), as Linux does. Lives on the caller's kernel stack only.
public struct Call: ~Copyable {
  /// The calling thread. Its `files`, `fs`, `space` and `credentials` are what handlers work on.
  public let task: Task
  public let a0, a1, a2, a3, a4, a5: UInt64

  /// The most bytes that one read or write moves (`MAX_RW_COUNT` of Linux).
  public static var maximumCount: UInt64 { 0x7fff_f000 }
}

/// A C `int` argument: the low 32 bits.
@inline(__always)
public func int(_ argument: UInt64) -> Int32 { Int32(truncatingIfNeeded: argument) }

/// A C `unsigned int` argument: the low 32 bits.
@inline(__always)
public func uint(_ argument: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: argument) }
