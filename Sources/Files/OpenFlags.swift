/// The flags of `open(2)`, with Linux's values for x86-64. The access mode is in the low two bits.
public struct OpenFlags: OptionSet {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  @inlinable public static var writeOnly: OpenFlags { OpenFlags(rawValue: 0o1) }
  @inlinable public static var readWrite: OpenFlags { OpenFlags(rawValue: 0o2) }
  @inlinable public static var accessMode: OpenFlags { OpenFlags(rawValue: 0o3) }
  @inlinable public static var create: OpenFlags { OpenFlags(rawValue: 0o100) }
  @inlinable public static var exclusive: OpenFlags { OpenFlags(rawValue: 0o200) }
  @inlinable public static var noControllingTerminal: OpenFlags { OpenFlags(rawValue: 0o400) }
  @inlinable public static var truncate: OpenFlags { OpenFlags(rawValue: 0o1000) }
  @inlinable public static var append: OpenFlags { OpenFlags(rawValue: 0o2000) }
  @inlinable public static var nonBlocking: OpenFlags { OpenFlags(rawValue: 0o4000) }
  @inlinable public static var dataSync: OpenFlags { OpenFlags(rawValue: 0o10000) }
  @inlinable public static var async: OpenFlags { OpenFlags(rawValue: 0o20000) }
  @inlinable public static var direct: OpenFlags { OpenFlags(rawValue: 0o40000) }
  @inlinable public static var largeFile: OpenFlags { OpenFlags(rawValue: 0o100000) }
  @inlinable public static var directory: OpenFlags { OpenFlags(rawValue: 0o200000) }
  @inlinable public static var noFollow: OpenFlags { OpenFlags(rawValue: 0o400000) }
  @inlinable public static var noAccessTime: OpenFlags { OpenFlags(rawValue: 0o1000000) }
  @inlinable public static var closeOnExec: OpenFlags { OpenFlags(rawValue: 0o2000000) }
  @inlinable public static var sync: OpenFlags { OpenFlags(rawValue: 0o4010000) }
  @inlinable public static var path: OpenFlags { OpenFlags(rawValue: 0o10000000) }
  /// The bit of `O_TMPFILE` beside `O_DIRECTORY`.
  @inlinable public static var temporary: OpenFlags { OpenFlags(rawValue: 0o20000000) }

  /// What `fcntl(F_SETFL)` may change (`fcntl(2)`).
  @inlinable public static var changeable: OpenFlags { [.append, .nonBlocking, .async, .direct, .noAccessTime] }

  /// Whether the access mode allows reading. Mode 3 (Linux: for ioctl only) allows neither.
  @inlinable public var isReadable: Bool { rawValue & 3 == 0 || rawValue & 3 == 2 }
  /// Whether the access mode allows writing.
  @inlinable public var isWritable: Bool { rawValue & 3 == 1 || rawValue & 3 == 2 }
}
