/// What a process does on a signal (`rt_sigaction(2)`), as the kernel's structure lays it out.
public struct SignalAction: Equatable, Sendable {
  /// `SIG_DFL` 0, `SIG_IGN` 1, or the handler's address.
  public var handler: UInt64 = 0
  public var flags: UInt64 = 0
  /// Where the handler returns to; it calls `rt_sigreturn(2)`.
  public var restorer: UInt64 = 0
  /// Blocked while the handler runs, besides the signal itself.
  public var mask = SignalSet()

  public init() {}

  public var isDefault: Bool { handler == 0 }
  public var isIgnore: Bool { handler == 1 }

  @inline(__always) public func has(_ flag: UInt64) -> Bool { flags & flag != 0 }

  /// Whether the signal is thrown away when it arrives.
  public func ignores(_ signal: Signal) -> Bool {
    isIgnore || (isDefault && signal.defaultEffect == .ignore)
  }

  public enum Flag {
    public static var noChildStop: UInt64 { 1 }  // SA_NOCLDSTOP
    public static var noChildWait: UInt64 { 2 }  // SA_NOCLDWAIT
    public static var information: UInt64 { 4 }  // SA_SIGINFO
    public static var restorer: UInt64 { 0x0400_0000 }  // SA_RESTORER
    public static var onStack: UInt64 { 0x0800_0000 }  // SA_ONSTACK
    public static var restart: UInt64 { 0x1000_0000 }  // SA_RESTART
    public static var noDefer: UInt64 { 0x4000_0000 }  // SA_NODEFER
    public static var resetHandler: UInt64 { 0x8000_0000 }  // SA_RESETHAND
  }
}

/// The actions for all signals. Value semantics: fork copies it.
public struct SignalActions: Sendable {
  // An array: fork shares it until one side changes an action, and no method copies 2 KiB on the kernel's stack.
  private var actions = [SignalAction](repeating: SignalAction(), count: 64)

  public init() {}

  public subscript(signal: Signal) -> SignalAction {
    get { actions[signal.index] }
    set { actions[signal.index] = newValue }
  }

  /// What an exec leaves: ignored stays ignored, handlers go back to the default (`execve(2)`).
  public mutating func resetForExec() {
    for index in 0..<64 {
      let ignored = actions[index].isIgnore
      actions[index] = SignalAction()
      if ignored { actions[index].handler = 1 }
    }
  }

  /// The signals that are thrown away on arrival.
  public var ignored: SignalSet {
    var set = SignalSet()
    for number: Int32 in 1...64 {
      let signal = Signal(known: number)
      if self[signal].ignores(signal) { set.insert(signal) }
    }
    return set
  }
}
