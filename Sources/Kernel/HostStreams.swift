#if hasFeature(Embedded)
import Basics
import DevFS
import Devices
import Files
import Machine
import Processes
import Scheduling
import Terminals

/// The host's named ports (see the host–guest protocol in ARCHITECTURE.md): the terminal, the standard streams, and
/// the line of control.
final class HostStreams: @unchecked Sendable {
  let input: HostStream?
  let output: HostStream?
  let error: HostStream?
  private let control: ConsolePort?
  private let terminal: ConsolePort?
  private(set) var console: Console?
  private let controlQueue = WaitQueue()

  init(_ device: ConsoleDevice?) {
    input = device?.port(named: "apus.stdin").map { HostStream($0) }
    output = device?.port(named: "apus.stdout").map { HostStream($0) }
    error = device?.port(named: "apus.stderr").map { HostStream($0) }
    control = device?.port(named: "apus.control")
    terminal = device?.port(named: "apus.tty")
    for stream in [input, output, error] { stream?.connect() }
    control?.setHandlers(
      onInput: { [controlQueue] in controlQueue.wakeAll() },
      onWritable: { [controlQueue] in controlQueue.wakeAll() })
  }

  /// The console on the terminal port, with the thread that serves it. Once, before anybody opens it.
  func makeConsole(_ system: System) {
    guard let terminal else { return }
    let console = Console(port: terminal, jobs: system)
    self.console = console
    console.connect()
    try? KernelThread.start { console.run() }
  }

  /// Writes a line to the host; false where there is nobody to read it.
  func tell(_ line: [UInt8]) {
    guard let control else { return }
    var sent = 0
    while sent < line.count, !control.isDisconnected {
      let from = sent
      let count = try? controlQueue.wait(.uninterruptible, deadline: Machine.now() &+ 100_000_000) { () throws(Errno) -> Int? in
        let count = control.write(line.span.extracting(from..<line.count))
        return count > 0 ? count : nil
      }
      sent += count ?? 0
    }
  }

  /// Follows the host's lines, for ever: the window's size, and the order to stop.
  func followControl() {
    guard let control else { return }
    var line: [UInt8] = []
    while true {
      var bytes = [UInt8](repeating: 0, count: 256)
      let count = try? controlQueue.wait(.uninterruptible) { () throws(Errno) -> Int? in
        let atEnd = control.isAtEnd
        var span = bytes.mutableSpan
        let count = control.read(into: &span)
        return count > 0 || atEnd ? count : nil
      }
      guard let count, count > 0 else { return }
      for byte in bytes[0..<count] {
        if byte != 0x0a {
          if line.count < 256 { line.append(byte) }
          continue
        }
        obey(line)
        line = []
      }
    }
  }

  private func obey(_ line: [UInt8]) {
    let words = line.split(separator: 0x20)
    guard let first = words.first else { return }
    if first.elementsEqual(("halt" as StaticString).bytes) {
      endMachine()
    } else if first.elementsEqual(("winsize" as StaticString).bytes), words.count >= 3 {
      var window = WindowSize()
      window.rows = number(words[1])
      window.columns = number(words[2])
      console?.setWindow(window)
    }
  }

  private func number(_ digits: ArraySlice<UInt8>) -> UInt16 {
    var value: UInt16 = 0
    for digit in digits where digit >= 0x30 && digit <= 0x39 { value = value &* 10 &+ UInt16(digit - 0x30) }
    return value
  }

  /// Waits until the host has everything that was written to it, 2 seconds at most while nothing moves.
  func drain() {
    let deadline = Machine.now() &+ 2_000_000_000
    let queue = WaitQueue()
    while Machine.now() < deadline {
      if isDrained { return }
      _ = try? queue.wait(.uninterruptible, deadline: Machine.now() &+ 500_000) { () throws(Errno) -> Void? in nil }
    }
  }

  private var isDrained: Bool {
    for stream in [output, error] {
      if let stream, !stream.isDrained { return false }
    }
    if let console, !console.isDrained { return false }
    return control?.isDrained ?? true
  }

  /// Ends the machine, cleanly: QEMU exits with status 33.
  func endMachine() {
    drain()
    PortIO.write32(0xf4, 0x10)
    while true { Machine.haltUntilInterrupt() }
  }
}
#endif
