import Glibc

/// Carries bytes from one descriptor to another through a bounded buffer, as part of a loop around poll(2).
///
/// When the source ends, the buffer is drained first and `sourceEnded` follows. When the sink's reader goes away,
/// what is buffered is dropped and `sinkGone` follows. Neither descriptor's flags are touched: they may be shared
/// with other processes, so writes to a sink that might block are kept to what poll promised.
final class Pump {
  private let source: Int32
  private let sink: Int32
  /// Bytes that a ready sink is sure to take: PIPE_BUF, unless the sink never blocks for long.
  private let portion: Int
  private var buffer: [UInt8] = []
  private var done = 0
  private(set) var sourceIsOpen = true
  private(set) var sinkIsOpen = true
  /// Set while a terminal refuses to be read from the background: when to ask again.
  private var pausedUntil: UInt64 = 0

  /// Changes what passes through.
  var filter: (ArraySlice<UInt8>) -> [UInt8] = { Array($0) }
  var sourceEnded: () -> Void = {}
  var sinkGone: () -> Void = {}

  private static let capacity = 1 << 16
  nonisolated(unsafe) private static var chunk = [UInt8](repeating: 0, count: capacity)

  init(from source: Int32, to sink: Int32) {
    self.source = source
    self.sink = sink
    var status = stat()
    let isFile = fstat(sink, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    let isNonblocking = fcntl(sink, F_GETFL) & O_NONBLOCK != 0
    portion = isFile || isNonblocking ? Self.capacity : 4096
  }

  /// Nothing more will ever pass.
  var isFinished: Bool { !sinkIsOpen || (!sourceIsOpen && buffer.isEmpty) }

  /// What to wait for. A sink is watched even when there is nothing to write, to learn that its reader has gone.
  func interests(now: UInt64) -> [pollfd] {
    var list: [pollfd] = []
    if sourceIsOpen && sinkIsOpen && buffer.count < Self.capacity && now >= pausedUntil {
      list.append(pollfd(fd: source, events: Int16(POLLIN), revents: 0))
    }
    if sinkIsOpen && !(isFinished && !sourceIsOpen) {
      list.append(pollfd(fd: sink, events: buffer.isEmpty ? 0 : Int16(POLLOUT), revents: 0))
    }
    return list
  }

  /// Acts on what poll(2) answered for this pump's interests.
  func act(on ready: ArraySlice<pollfd>) {
    for entry in ready where entry.revents != 0 {
      if entry.fd == source && entry.events & Int16(POLLIN) != 0 {
        readSome()
      } else if entry.fd == sink {
        if entry.revents & Int16(POLLERR | POLLNVAL) != 0 {
          closeSink()
        } else if !buffer.isEmpty {
          writeSome()
        } else if entry.revents & Int16(POLLHUP) != 0 {
          closeSink()
        }
      }
    }
    // Most of the time the sink has room at once: save a round of the loop.
    if !buffer.isEmpty && sinkIsOpen && portion == Self.capacity { writeSome() }
  }

  private func readSome() {
    let count = read(source, &Self.chunk, Self.chunk.count)
    if count > 0 {
      buffer += filter(Self.chunk[..<count])
    } else if count == 0 {
      endSource()
    } else if errno == EIO && isatty(source) == 1 {
      // A background process may not read its terminal. Ask again later; the terminal's end is a hang-up signal.
      pausedUntil = Host.now() + 200_000_000
    } else if errno != EAGAIN && errno != EINTR {
      endSource()
    }
  }

  private func writeSome() {
    let count = buffer.withUnsafeBytes { write(sink, $0.baseAddress! + done, min($0.count - done, portion)) }
    if count < 0 {
      if errno != EAGAIN && errno != EINTR { closeSink() }
      return
    }
    done += count
    guard done == buffer.count else { return }
    buffer.removeAll(keepingCapacity: true)
    done = 0
    if !sourceIsOpen { sourceEnded() }
  }

  private func endSource() {
    sourceIsOpen = false
    if buffer.isEmpty { sourceEnded() }
  }

  private func closeSink() {
    sinkIsOpen = false
    buffer = []
    sinkGone()
  }

  /// Ends the source without having read its end.
  func cut() {
    if sourceIsOpen { endSource() }
  }
}

/// Reads a descriptor to its end and hands on what comes.
final class Listener {
  let source: Int32
  private(set) var isOpen = true
  private let receive: (ArraySlice<UInt8>) -> Void

  init(_ source: Int32, _ receive: @escaping (ArraySlice<UInt8>) -> Void) {
    self.source = source
    self.receive = receive
  }

  func act() {
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    let count = read(source, &chunk, chunk.count)
    if count > 0 {
      receive(chunk[..<count])
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      isOpen = false
    }
  }
}
