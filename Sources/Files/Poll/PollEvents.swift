/// What a file is ready for: the bits of `poll(2)`, which are those of `epoll(7)` too.
public struct PollEvents: OptionSet {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// POLLIN
  @inlinable public static var input: PollEvents { PollEvents(rawValue: 0x1) }
  /// POLLPRI
  @inlinable public static var priority: PollEvents { PollEvents(rawValue: 0x2) }
  /// POLLOUT
  @inlinable public static var output: PollEvents { PollEvents(rawValue: 0x4) }
  /// POLLERR
  @inlinable public static var error: PollEvents { PollEvents(rawValue: 0x8) }
  /// POLLHUP
  @inlinable public static var hangUp: PollEvents { PollEvents(rawValue: 0x10) }
  /// POLLNVAL
  @inlinable public static var invalid: PollEvents { PollEvents(rawValue: 0x20) }
  /// POLLRDNORM, POLLWRNORM: normal data, beside `input` and `output`.
  @inlinable public static var readNormal: PollEvents { PollEvents(rawValue: 0x40) }
  @inlinable public static var writeNormal: PollEvents { PollEvents(rawValue: 0x100) }
  /// POLLRDHUP: the peer writes no more.
  @inlinable public static var readHangUp: PollEvents { PollEvents(rawValue: 0x2000) }

  /// Something to read, something may be written: with the bits that Linux's files set together.
  @inlinable public static var readable: PollEvents { [.input, .readNormal] }
  @inlinable public static var writable: PollEvents { [.output, .writeNormal] }
  /// What regular files and directories answer (`DEFAULT_POLLMASK`).
  @inlinable public static var alwaysReady: PollEvents { [.input, .readNormal, .output, .writeNormal] }
  /// What is reported whether asked for or not.
  @inlinable public static var always: PollEvents { [.error, .hangUp] }
}
