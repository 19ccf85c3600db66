import Machine
import Synchronization

/// The attributes of an inode: atomics, each right by itself, so that neither `stat(2)` nor permission checks on
/// the way of a lookup take a lock. Times are nanoseconds since 1970 (UTC), which reaches from 1677 to 2262.
public struct InodeAttributes: ~Copyable, Sendable {
  private let modeBits: Atomic<UInt32>
  private let linkCount: Atomic<UInt32>
  /// User in the low half, group in the high half: changed together.
  private let owner: Atomic<UInt64>
  private let sizeInBytes = Atomic<Int64>(0)
  private let blockCount = Atomic<Int64>(0)
  private let accessTime: Atomic<Int64>
  private let modificationTime: Atomic<Int64>
  private let changeTime: Atomic<Int64>
  public let born: Int64

  public init(mode: UInt32, user: UInt32, group: UInt32, links: UInt32, now: Int64 = WallClock.now()) {
    modeBits = Atomic(mode)
    linkCount = Atomic(links)
    owner = Atomic(UInt64(user) | UInt64(group) << 32)
    accessTime = Atomic(now)
    modificationTime = Atomic(now)
    changeTime = Atomic(now)
    born = now
  }

  /// The permission bits, set-id bits and sticky bit; no type bits.
  public var mode: UInt32 {
    get { modeBits.load(ordering: .relaxed) }
    nonmutating set { modeBits.store(newValue, ordering: .relaxed) }
  }
  public var links: UInt32 {
    get { linkCount.load(ordering: .relaxed) }
    nonmutating set { linkCount.store(newValue, ordering: .relaxed) }
  }
  public var ownership: (user: UInt32, group: UInt32) {
    let both = owner.load(ordering: .relaxed)
    return (UInt32(truncatingIfNeeded: both), UInt32(truncatingIfNeeded: both >> 32))
  }
  public var user: UInt32 { ownership.user }
  public var group: UInt32 { ownership.group }
  /// Bytes. Written by the file system alone.
  public var size: Int64 {
    get { sizeInBytes.load(ordering: .acquiring) }
    nonmutating set { sizeInBytes.store(newValue, ordering: .releasing) }
  }
  /// In units of 512 bytes. Written by the file system alone.
  public var blocks: Int64 { blockCount.load(ordering: .relaxed) }
  public func addBlocks(_ count: Int64) { blockCount.wrappingAdd(count, ordering: .relaxed) }
  public var accessed: Int64 {
    get { accessTime.load(ordering: .relaxed) }
    nonmutating set { accessTime.store(newValue, ordering: .relaxed) }
  }
  public var modified: Int64 {
    get { modificationTime.load(ordering: .relaxed) }
    nonmutating set { modificationTime.store(newValue, ordering: .relaxed) }
  }
  public var changed: Int64 {
    get { changeTime.load(ordering: .relaxed) }
    nonmutating set { changeTime.store(newValue, ordering: .relaxed) }
  }

  public func addSize(_ count: Int64) { sizeInBytes.wrappingAdd(count, ordering: .relaxed) }
  public func addLink() { linkCount.wrappingAdd(1, ordering: .relaxed) }
  public func removeLink() { linkCount.wrappingSubtract(1, ordering: .relaxed) }
  /// Contents changed now.
  public func touchModified(_ now: Int64 = WallClock.now()) {
    modified = now
    changed = now
  }

  public func apply(_ changes: AttributeChanges) {
    if let mode = changes.mode { self.mode = mode & FileMode.all }
    if changes.user != nil || changes.group != nil {
      let old = ownership
      owner.store(
        UInt64(changes.user ?? old.user) | UInt64(changes.group ?? old.group) << 32, ordering: .relaxed)
    }
    if let time = changes.accessed { accessed = time }
    if let time = changes.modified { modified = time }
    changed = changes.changed
  }
}
