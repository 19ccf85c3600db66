import Basics

/// What a new thread shares with its maker and how it starts (`clone(2)`).
public struct CloneRequest: Sendable {
  public var flags: Flags
  /// What the parent is sent at the end; 0 for nothing.
  public var exitSignal: Int32
  /// Where the new thread's number is stored in the parent's and in the child's memory.
  public var parentTID: UInt64 = 0
  public var childTID: UInt64 = 0
  /// Numbers asked for by `clone3(2)`'s set_tid are not supported.

  public struct Flags: OptionSet, Sendable {
    public let rawValue: UInt64
    @inline(__always) public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static var space: Flags { Flags(rawValue: 0x100) }  // CLONE_VM
    public static var fs: Flags { Flags(rawValue: 0x200) }
    public static var files: Flags { Flags(rawValue: 0x400) }
    public static var handlers: Flags { Flags(rawValue: 0x800) }  // CLONE_SIGHAND
    public static var pidDescriptor: Flags { Flags(rawValue: 0x1000) }
    public static var vfork: Flags { Flags(rawValue: 0x4000) }
    public static var parent: Flags { Flags(rawValue: 0x8000) }
    public static var thread: Flags { Flags(rawValue: 0x1_0000) }
    public static var newNamespace: Flags { Flags(rawValue: 0x2_0000) }
    public static var semaphores: Flags { Flags(rawValue: 0x4_0000) }
    public static var setTLS: Flags { Flags(rawValue: 0x8_0000) }
    public static var parentSetTID: Flags { Flags(rawValue: 0x10_0000) }
    public static var childClearTID: Flags { Flags(rawValue: 0x20_0000) }
    public static var childSetTID: Flags { Flags(rawValue: 0x100_0000) }
    public static var namespaces: Flags { Flags(rawValue: 0x7e02_0080) }
    public static var clearHandlers: Flags { Flags(rawValue: 0x1_0000_0000) }
    public static var intoCgroup: Flags { Flags(rawValue: 0x2_0000_0000) }
  }

  public init(_ flags: Flags, exitSignal: Int32) {
    self.flags = flags
    self.exitSignal = exitSignal
  }

  /// The combinations that `clone(2)` forbids, and what Apus has not: EINVAL; namespaces: EPERM.
  public func validate() throws(Errno) {
    if flags.contains(.handlers) && !flags.contains(.space) { throw .EINVAL }
    if flags.contains(.thread) && !flags.contains(.handlers) { throw .EINVAL }
    if flags.contains(.handlers) && flags.contains(.clearHandlers) { throw .EINVAL }
    if flags.contains(.thread) && flags.contains(.pidDescriptor) { throw .EINVAL }
    if flags.contains(.newNamespace) && flags.contains(.fs) { throw .EINVAL }
    if !flags.intersection(.namespaces).isEmpty { throw .EPERM }
    if flags.contains(.pidDescriptor) || flags.contains(.intoCgroup) { throw .EINVAL }
    guard exitSignal >= 0, exitSignal <= 64 else { throw .EINVAL }
  }
}
