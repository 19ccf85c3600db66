import Glibc

/// Signals as bytes in a pipe, so that one poll(2) waits for them and for everything else.
enum Signals {
  nonisolated(unsafe) private static var writeEnd: Int32 = -1

  /// Takes over the given signals; their numbers can be read from the returned descriptor, a byte each.
  static func collect(_ signals: [Int32]) throws -> Int32 {
    let ends = try Descriptors.pipe()
    Descriptors.setNonblocking(ends.read)
    Descriptors.setNonblocking(ends.write)
    writeEnd = ends.write
    for signal in signals {
      var action = sigaction()
      action.sa_flags = SA_RESTART
      action.__sigaction_handler.sa_handler = { number in
        let saved = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(Signals.writeEnd, &byte, 1)
        errno = saved
      }
      sigaction(signal, &action, nil)
    }
    return ends.read
  }

  static func ignore(_ signals: [Int32]) {
    for number in signals { _ = signal(number, SIG_IGN) }
  }
}

/// Pairs of descriptors, all closed in programs that the tool starts unless it says otherwise.
enum Descriptors {
  static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    guard Glibc.pipe(&ends) == 0 else { throw Failure.system("cannot make a pipe") }
    ends.forEach { _ = fcntl($0, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// A connected pair of stream sockets; what is written to one end is read from the other.
  static func socketPair() throws -> (mine: Int32, other: Int32) {
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
      throw Failure.system("cannot make a socket")
    }
    ends.forEach { _ = fcntl($0, F_SETFD, FD_CLOEXEC) }
    setNonblocking(ends[0])
    return (ends[0], ends[1])
  }

  static func setNonblocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }
}
