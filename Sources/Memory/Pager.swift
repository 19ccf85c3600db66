public import Basics

/// What stands behind a file mapping (or shared anonymous memory): whoever can give the frame of a page.
/// Files implements it for inodes; `SharedMemory` is Memory's own.
///
/// All methods are called with no lock held and may sleep, except where they say otherwise.
public protocol Pager: AnyObject {
  /// The frame with page `index` (byte offset / 4096), with a reference for the caller, read in if need be.
  /// Nil when the page lies wholly beyond the end of the file (`SIGBUS`). `writing`: the caller is going to
  /// map it writable and shared, so the page counts as dirty from now on. Throws `EIO`, `ENOMEM`.
  func page(_ index: UInt64, writing: Bool) throws(Errno) -> Frame?

  /// Adds to `batch`, each with a reference, those of the pages from `index` on that are in memory already,
  /// stopping when the batch is full or has looked at `batch.wanted` pages. Must not sleep or read.
  func cachedPages(from index: UInt64, into batch: inout FrameBatch)

  /// Identifies the object that is mapped: equal for two pagers of one file. A futex in shared memory is found
  /// by it. By default the pager's own.
  var identity: UInt { get }

  /// Changes whenever pages of the object have been cut off or cut out (then `FileMappers.unmap` follows). A fault
  /// reads it before it asks for a page, and once more, under the space's lock, before it maps that. Takes no lock.
  var cuts: UInt64 { get }

  /// `pages` more (or, negative, fewer) pages of this object are mapped in some address space; `writable`:
  /// shared, and allowed to be written. Told of more under the space's lock, at the moment from which faults find them;
  /// of fewer when they are gone. Takes no lock.
  func mappingChanged(by pages: Int, writable: Bool)
}

extension Pager {
  public var identity: UInt { UInt(bitPattern: ObjectIdentifier(self)) }
  public var cuts: UInt64 { 0 }
  public func cachedPages(from index: UInt64, into batch: inout FrameBatch) {}
  public func mappingChanged(by pages: Int, writable: Bool) {}
}

/// Up to 16 neighbouring pages of a file, some of them present: what fault-around maps at once.
public struct FrameBatch: ~Copyable {
  /// How many pages, from the first asked for, are of interest: 1...16.
  public let wanted: Int
  private var frames: InlineArray<16, UInt32>

  public init(wanted: Int) {
    self.wanted = min(max(wanted, 1), 16)
    frames = InlineArray(repeating: .max)
  }

  /// The frame of the page `position` after the first: nil when it is not in memory. Setting hands over
  /// one reference.
  public subscript(position: Int) -> Frame? {
    @inline(__always) get {
      let number = frames[position]
      return number == .max ? nil : Frame(number: number)
    }
    @inline(__always) set { frames[position] = newValue?.number ?? .max }
  }

  /// Gives back the references of the frames that are still in it.
  mutating func releaseRest() {
    for position in 0..<wanted {
      if let frame = self[position] {
        self[position] = nil
        Frames.release(frame)
      }
    }
  }
}
