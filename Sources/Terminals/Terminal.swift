import Basics
import Files
import Locking
import Scheduling

/// A terminal as programs see it: a line discipline between readers and writers on one side and, on the other, what
/// a subclass connects it to: the console's port, or the master of a pseudo-terminal.
///
/// One short lock guards it; what is decided inside (signals to send, threads to wake) is done after its release.
open class Terminal: ControllingTerminal, @unchecked Sendable {
  /// The device that it is.
  public final let number: DeviceNumber
  final let jobs: any JobControl
  final let state: SpinLock<TerminalState>
  /// Who waits for input, and who for room (or for output to drain).
  final let readable = WaitQueue()
  final let writable = WaitQueue()

  public init(number: DeviceNumber, jobs: any JobControl, settings: Termios) {
    self.number = number
    self.jobs = jobs
    state = SpinLock(.terminal, TerminalState(settings))
    super.init()
  }

  // MARK: The far side: what subclasses answer

  /// There is output to be fetched. No lock is held.
  open func outputArrived() {}
  /// There is room for input again. No lock is held.
  open func inputTaken() {}
  /// The last open file description was closed.
  open func lastClosed() {}
  /// The first was opened. Throws `EIO` when there can be none.
  open func willOpen() throws(Errno) {}
  /// Whether `tcdrain(3)` waits until the far side has fetched everything.
  open var drains: Bool { false }

  public final override var deviceNumber: DeviceNumber { number }
  public final override var foregroundGroup: Int32 { state.withLock { $0.foreground == 0 ? -1 : $0.foreground } }

  // MARK: Input from the far side

  /// Bytes that were typed, from `start` on: as many as there is room for now.
  /// - Returns: how many were taken.
  public final func receive(_ bytes: [UInt8], from start: Int = 0) -> Int {
    var taken = 0
    while start + taken < bytes.count {
      // A part at a time: the lock is held for short.
      let (part, effects, group) = state.withLock { (state) -> (Int, InputEffects, Int32) in
        let (part, effects) = state.receive(bytes, from: start + taken, limit: 128)
        return (part, effects, state.foreground)
      }
      act(on: effects, group)
      taken += part
      if part == 0 { break }
    }
    outputArrived()
    return taken
  }

  private final func act(on effects: InputEffects, _ group: Int32) {
    if effects.inputArrived || effects.signals != 0 { readable.wakeAll() }
    if effects.outputResumed { writable.wakeAll() }
    guard effects.signals != 0, group > 0 else { return }
    for signal in [TerminalSignal.interrupt, .quit, .stop] where effects.signals & signal.mask != 0 {
      jobs.signal(group: group, signal.rawValue)
    }
  }

  /// Sets the window's size; the foreground group learns of a change by SIGWINCH.
  public final func setWindow(_ window: WindowSize) {
    let group = state.withLock { (state) -> Int32 in
      if state.window == window { return 0 }
      state.window = window
      return state.foreground
    }
    if group > 0 { jobs.signal(group: group, TerminalSignal.windowChanged.rawValue) }
  }

  public final var window: WindowSize { state.withLock { $0.window } }

  // MARK: Hanging up

  /// The line is gone: the session gets SIGHUP, whoever has the terminal open finds it dead (`vhangup(2)`).
  public final func hangUp() {
    let (session, foreground) = state.withLock { $0.hangUp() }
    wakeEverybody()
    if session > 0 { jobs.hangUp(session: session) }
    if foreground > 0 { hangUp(group: foreground) }
  }

  public final override func sessionEnded(_ session: Int32) {
    let ended = state.withLock { (state) -> Int32? in
      guard state.session == session else { return nil }
      return state.hangUp().foreground
    }
    guard let foreground = ended else { return }
    wakeEverybody()
    if foreground > 0 { hangUp(group: foreground) }
  }

  private final func hangUp(group: Int32) {
    jobs.signal(group: group, TerminalSignal.hangUp.rawValue)
    jobs.signal(group: group, TerminalSignal.resume.rawValue)
  }

  final func wakeEverybody() {
    readable.wakeAll()
    writable.wakeAll()
    outputArrived()
    inputTaken()
  }
}
