/// What is to be done after bytes were typed, outside the terminal's lock.
public struct InputEffects {
  /// Signals for the foreground group: a bit for each, `1 << number`.
  public var signals: UInt32 = 0
  /// There may be something to read.
  public var inputArrived = false
  /// Output flows again, or was flushed: writers have room.
  public var outputResumed = false

  public init() {}

  /// Adds what another byte brought.
  public mutating func merge(_ other: InputEffects) {
    signals |= other.signals
    inputArrived = inputArrived || other.inputArrived
    outputResumed = outputResumed || other.outputResumed
  }
}

/// The signals that terminals send, with their Linux numbers.
public enum TerminalSignal: Int32 {
  case hangUp = 1
  case interrupt = 2
  case quit = 3
  case resume = 18
  case stop = 20
  case backgroundRead = 21
  case backgroundWrite = 22
  case windowChanged = 28

  var mask: UInt32 { 1 << UInt32(rawValue) }
}
