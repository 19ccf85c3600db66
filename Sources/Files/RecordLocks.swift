import Basics
import Locking
import Memory
import Scheduling

/// A lock on a range of a file (`fcntl(2)`).
public struct RecordLock {
  public enum Owner: Equatable {
    /// A process, by its descriptor table (`F_SETLK`).
    case table(ObjectIdentifier)
    /// An open file description (`F_OFD_SETLK`).
    case file(ObjectIdentifier)

    public static func == (a: Owner, b: Owner) -> Bool {
      switch (a, b) {
      case (.table(let x), .table(let y)): x == y
      case (.file(let x), .file(let y)): x == y
      default: false
      }
    }
  }
  public var owner: Owner
  /// As `F_GETLK` shows it; -1 for open file descriptions.
  public var process: Int32
  public var exclusive: Bool
  /// First and last byte; a lock to the end of file, wherever that will be, ends at `Int64.max`.
  public var start: Int64
  public var end: Int64

  public init(owner: Owner, process: Int32, exclusive: Bool, start: Int64, end: Int64) {
    self.owner = owner
    self.process = process
    self.exclusive = exclusive
    self.start = start
    self.end = end
  }

  func overlaps(_ other: RecordLock) -> Bool { start <= other.end && other.start <= end }

  func conflicts(with other: RecordLock) -> Bool {
    owner != other.owner && (exclusive || other.exclusive) && overlaps(other)
  }
}

/// The locks that are held on one file, and who waits for them.
final class LockLists: @unchecked Sendable {
  private struct State: ~Copyable {
    var records: [RecordLock] = []
    /// Where the waits for these locks are noted; nil until somebody asked for a record lock.
    var waits: LockWaits?
    var whole: [(file: ObjectIdentifier, exclusive: Bool)] = []
  }
  private let state = SpinLock<State>(.inode, State())
  let queue = WaitQueue()

  // MARK: flock

  /// Gives up the file's lock when it is of the other sort.
  func giveUp(_ file: ObjectIdentifier, unless exclusive: Bool) {
    let gone = state.withLock { (state) -> Bool in
      for index in state.whole.indices
      where state.whole[index].file == file && state.whole[index].exclusive != exclusive {
        state.whole.remove(at: index)
        return true
      }
      return false
    }
    if gone { queue.wakeAll() }
  }

  func lock(_ file: ObjectIdentifier, exclusive: Bool) -> Bool {
    state.withLock { (state) -> Bool in
      for held in state.whole {
        if held.file == file { return true }
        if exclusive || held.exclusive { return false }
      }
      state.whole.append((file, exclusive))
      return true
    }
  }

  func unlock(_ file: ObjectIdentifier) {
    let gone = state.withLock { (state) -> Bool in
      let before = state.whole.count
      state.whole.removeAll { $0.file == file }
      return state.whole.count != before
    }
    if gone { queue.wakeAll() }
  }

  // MARK: Records

  func conflict(with wanted: RecordLock) -> RecordLock? {
    state.withLock { Self.conflict(with: wanted, in: $0.records) }
  }

  private static func conflict(with wanted: RecordLock, in records: [RecordLock]) -> RecordLock? {
    for held in records where held.conflicts(with: wanted) { return held }
    return nil
  }

  /// Sets the lock, or gives false when the caller is to wait (and is noted as waiting).
  func trySet(_ wanted: RecordLock, wait: Bool, _ waits: LockWaits) throws(Errno) -> Bool {
    let place = ObjectIdentifier(self)
    let result = state.withLock { (state) -> SetResult in
      // The list doubles when it is full.
      guard Memory.hasRoom(for: state.records.count * 2 * MemoryLayout<RecordLock>.stride + 1024) else { return .noRoom }
      state.waits = waits
      if let held = Self.conflict(with: wanted, in: state.records) {
        if !wait { return .blocked }
        waits.remove(waiter: wanted.owner, on: place)
        return waits.add(wanted.owner, waitsFor: held.owner, on: place) ? .waiting : .deadlock
      }
      Self.cut(wanted.owner, wanted.start, wanted.end, from: &state.records)
      Self.insert(wanted, into: &state.records)
      waits.remove(on: place)
      return .done
    }
    switch result {
    case .noRoom: throw .ENOLCK
    case .blocked: throw .EAGAIN
    case .deadlock: throw .EDEADLK
    case .waiting: return false
    case .done:
      queue.wakeAll()  // an exclusive lock may have become a shared one
      return true
    }
  }

  private enum SetResult {
    case done, blocked, waiting, deadlock, noRoom
  }

  func remove(_ owner: RecordLock.Owner, _ start: Int64, _ end: Int64) {
    state.withLock { (state) in
      Self.cut(owner, start, end, from: &state.records)
      state.waits?.remove(on: ObjectIdentifier(self))
    }
    queue.wakeAll()
  }

  func removeAll(of owner: RecordLock.Owner) { remove(owner, 0, .max) }

  /// Takes a range away from what `owner` holds.
  private static func cut(_ owner: RecordLock.Owner, _ start: Int64, _ end: Int64, from records: inout [RecordLock]) {
    // In place: locks are given back when files close, too, where memory cannot be refused.
    var kept = 0
    var right: RecordLock? = nil
    for index in records.indices {
      var held = records[index]
      if held.owner == owner, held.start <= end, start <= held.end {
        if held.end > end {
          right = held
          right?.start = end + 1
        }
        if held.start >= start { continue }
        held.end = start - 1
      }
      records[kept] = held
      kept += 1
    }
    records.removeLast(records.count - kept)
    if let right { records.insert(right, at: records.firstIndex { $0.start > right.start } ?? records.count) }
  }

  /// Adds a lock in order of its start, joined with neighbours of the same owner and sort.
  private static func insert(_ new: RecordLock, into records: inout [RecordLock]) {
    var joined = new
    records.removeAll { held in
      guard held.owner == new.owner, held.exclusive == new.exclusive else { return false }
      let touchesLeft = held.end != .max && held.end + 1 == joined.start
      let touchesRight = joined.end != .max && joined.end + 1 == held.start
      if touchesLeft { joined.start = held.start }
      if touchesRight { joined.end = held.end }
      return touchesLeft || touchesRight
    }
    let index = records.firstIndex { $0.start > joined.start } ?? records.count
    records.insert(joined, at: index)
  }
}
