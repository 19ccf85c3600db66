import Basics
import Files
import Locking
import Memory
import Scheduling

/// Blocked signals to be read from a file (`signalfd(2)`): those of whoever reads.
public final class SignalFile: OpenFile, @unchecked Sendable {
  private let set: SpinLock<SignalSet>

  private init(_ request: OpenRequest, inode: Inode, _ set: SignalSet) {
    self.set = SpinLock(.eventFile, set)
    super.init(request, inode: inode, seekable: false)
  }

  public static func make(
    _ namespace: Namespace, _ credentials: Credentials, _ set: SignalSet, nonBlocking: Bool
  ) throws(Errno) -> SignalFile {
    try Memory.admit(2048)
    let inode = AnonymousInode(namespace.hidden.fileSystem, "[signalfd]")
    let flags: OpenFlags = nonBlocking ? [.readWrite, .nonBlocking] : .readWrite
    return SignalFile(
      OpenRequest(flags: flags, location: namespace.hiddenLocation(inode), credentials: credentials), inode: inode,
      set.subtracting(.unblockable))
  }

  /// Changes which signals it is for.
  public func watch(_ new: SignalSet) { set.withLock { $0 = new.subtracting(.unblockable) } }

  /// `struct signalfd_siginfo`s, 128 bytes each: as many as are pending and fit; waits for the first.
  public override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int {
    guard let task = Task.caller, sink.remaining >= 128 else { throw .EINVAL }
    var total = 0
    while sink.remaining >= 128 {
      let wanted = set.withLock { $0 }
      let waits = total == 0 && !isNonBlocking
      guard let info = try task.take(wanted, waits: waits) else {
        if total == 0 { throw .EAGAIN }
        break
      }
      let record = signalRecord(info)
      total += try sink.copy(from: record, at: 0, count: record.count)
    }
    return total
  }

  public override func poll(_ table: PollTable?) -> PollEvents { source.poll(table) }
  public override func pollSource() -> PollSource? { source }
  private var source: SignalSource { SignalSource(set.withLock { $0 }) }
}

/// Whether signals of a set are pending for whoever asks.
private final class SignalSource: PollSource {
  private let set: SignalSet
  init(_ set: SignalSet) { self.set = set }

  override func poll(_ table: PollTable?) -> PollEvents {
    guard let task = Task.caller else { return [] }
    table?.register(task.process.signalQueue)
    return task.hasPending(set) ? .readable : []
  }
}

extension Task {
  fileprivate func hasPending(_ set: SignalSet) -> Bool {
    process.signals.withLock { (state: inout SignalState) in
      !signals.pending.pending.union(state.shared.pending).intersection(set).isEmpty
    }
  }

  /// Takes a pending signal of `set`; nil when there is none and it is not to wait.
  fileprivate func take(_ set: SignalSet, waits: Bool) throws(Errno) -> SignalInfo? {
    let take = { () -> SignalInfo? in
      self.process.signals.withLock { (state: inout SignalState) in
        let info = self.signals.pending.take(set) ?? state.shared.take(set)
        if info != nil { if state.needsAttention(self) { self.interrupt() } else { self.clearInterrupt() } }
        return info
      }
    }
    if !waits { return take() }
    return try process.signalQueue.wait(.interruptible) { () throws(Errno) -> SignalInfo? in take() }
  }
}

/// `struct signalfd_siginfo`: the kinds of signal that carry a process and its user, a value, or an address.
private func signalRecord(_ info: SignalInfo) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 128)
  func put(_ value: UInt64, _ at: Int, _ count: Int) {
    for index in 0..<count { bytes[at + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
  }
  put(UInt64(UInt32(bitPattern: info.number)), 0, 4)
  put(UInt64(UInt32(bitPattern: info.error)), 4, 4)
  put(UInt64(UInt32(bitPattern: info.code)), 8, 4)
  let (low, high) = (info.words.0 & 0xffff_ffff, info.words.0 >> 32)
  if info.signal == .CHLD {
    put(low, 12, 4)
    put(high, 16, 4)
    put(info.words.1, 40, 4)
    put(info.words.2, 56, 8)
    put(info.words.3, 64, 8)
  } else if info.code == SignalInfo.Code.timer {
    put(low, 24, 4)
    put(high, 32, 4)
    put(info.words.1, 44, 4)
    put(info.words.1, 48, 8)
  } else if SignalSet.synchronous.contains(info.signal), info.code > 0, info.code != SignalInfo.Code.kernel {
    put(info.words.0, 72, 8)
  } else {
    put(low, 12, 4)
    put(high, 16, 4)
    put(info.words.1, 44, 4)
    put(info.words.1, 48, 8)
  }
  return bytes
}
