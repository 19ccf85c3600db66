import Basics
import Devices
import Files
import Locking
import Scheduling

/// The terminal on the console port: `/dev/console` and `/dev/hvc0`. A kernel thread carries bytes between the port,
/// whose interrupts only wake it, and the line discipline; writers hand what the port takes to it themselves.
public final class Console: Terminal, @unchecked Sendable {
  private let port: ConsolePort
  /// The thread waits here for input, or for the port to take output again.
  private let work = WaitQueue()

  /// `/dev/hvc0` (`HVC_MAJOR`).
  public static var device: DeviceNumber { DeviceNumber(major: 229, minor: 0) }

  public init(port: ConsolePort, jobs: any JobControl) {
    self.port = port
    var settings = Termios.standard
    settings.input.insert(.utf8)
    super.init(number: Console.device, jobs: jobs, settings: settings)
  }

  /// Connects the terminal to the port's interrupts.
  public func connect() {
    port.setHandlers(
      onInput: { [work] in work.wakeAll() },
      onWritable: { [work] in work.wakeAll() })
  }

  public override var drains: Bool { true }

  public override func outputArrived() {
    let port = port
    let hasRoom = state.withLock { state -> Bool in
      let before = state.output.queue.count
      state.output.queue.drain { port.write($0) }
      return state.output.queue.count < before
    }
    if hasRoom { writable.wakeAll() }
  }

  public override func inputTaken() { work.wakeAll() }

  /// Whether everything written has reached the host.
  public var isDrained: Bool { state.withLock { $0.output.queue.isEmpty } && port.isDrained }

  /// What the console's thread does, for ever (until the host closes the port).
  public func run() {
    while true {
      guard awaitWork() else { break }
      outputArrived()
      let bytes = fetch()
      if bytes.count > 0 { _ = receive(bytes) }
    }
    hangUp()
  }

  /// Sleeps until there is something to carry; false when the host has closed the port.
  private func awaitWork() -> Bool {
    let port = port
    let result = try? work.wait(.uninterruptible) { () throws(Errno) -> Bool? in
      if port.isAtEnd { return false }
      let (room, waiting) = self.state.withLock { ($0.discipline.room, !$0.output.queue.isEmpty) }
      if waiting && port.canWrite { return true }
      return room > 0 && port.hasInput ? true : nil
    }
    return result ?? false
  }

  /// Input, as much as there is room for.
  private func fetch() -> [UInt8] {
    let room = min(state.withLock { $0.discipline.room }, 256)
    if room == 0 { return [] }
    var bytes = [UInt8](repeating: 0, count: room)
    var span = bytes.mutableSpan
    let count = port.read(into: &span)
    bytes.removeLast(room - count)
    return bytes
  }
}
