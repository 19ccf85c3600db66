import Glibc

/// Where a virtual CPU is.
struct CPUState: Equatable {
  let number: Int
  let instruction: UInt64
  let isHalted: Bool
  let isInUserMode: Bool
}

/// QEMU's monitor, asked where the CPUs are when a guest hangs.
struct Monitor {
  private let socket: Int32

  init(_ socket: Int32) { self.socket = socket }

  func cpuStates() -> [CPUState] {
    Files.writeAll(socket, Array("stop\ninfo registers -a\n".utf8))
    var text: [UInt8] = []
    let deadline = Host.now() + 2_000_000_000
    while Host.now() < deadline {
      var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 300) > 0 else { break }
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      let count = read(socket, &chunk, chunk.count)
      if count <= 0 { break }
      text += chunk[..<count]
    }
    return Self.parse(String(decoding: text, as: UTF8.self))
  }

  /// Reads the output of `info registers -a`.
  static func parse(_ text: String) -> [CPUState] {
    var states: [CPUState] = []
    var number: Int?
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("CPU#") {
        number = Int(line.dropFirst(4))
      } else if let current = number, line.hasPrefix("RIP=") {
        func value(_ name: String) -> Substring? {
          line.split(separator: " ").first { $0.hasPrefix(name) }?.dropFirst(name.count)
        }
        states.append(
          CPUState(
            number: current, instruction: value("RIP=").flatMap { UInt64($0, radix: 16) } ?? 0,
            isHalted: value("HLT=") == "1", isInUserMode: value("CPL=") == "3"))
        number = nil
      }
    }
    return states
  }
}
