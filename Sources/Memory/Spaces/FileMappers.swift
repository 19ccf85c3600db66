import Locking
import Scheduling

/// The address spaces that may map files, so that a file that gets shorter finds who maps the pages that go.
///
/// One list for all files, and not one for each: fork, exec and exit then change one list however many files a program
/// maps, and a file is seldom cut while it is mapped. That costs time in proportion to the number of spaces, which is
/// spent without a lock in between any two.
///
/// A space joins before it maps its first page of a file, a child of fork before anything is copied to it, and leaves
/// when it is taken down. New ones join at the end: so a walk that comes to the parent before a fork's copying comes to the
/// child after it, and none of the parent's pages can slip past it into the child.
public enum FileMappers {
  /// Unmaps the pages `pages` of the object that `Pager.identity` calls `object`, in all spaces. `copiesToo`: also
  /// private copies of them (a file that ends before them); else only the object's own (a hole).
  ///
  /// The caller has first seen to it that pagers give these pages no more, or new ones, and then changed the object's
  /// `Pager.cuts`: a fault that had got a page before that either has mapped it, then it goes here, or finds the number
  /// changed.
  /// - Locks: `addressSpaceSleep`; may sleep. May take long: holds no short lock in between pieces.
  public static func unmap(_ object: UInt, _ pages: Range<UInt64>, copiesToo: Bool) {
    let place = MapperEntry()
    CPUMemory.mappers.withLock { $0.list.prepend(place) }
    while let space = CPUMemory.mappers.withLock({ $0.next(place) }) {
      space.unmap(object, pages, copiesToo: copiesToo)
      Scheduler.preemptionPoint()
    }
  }

  /// `space` is going to map files.
  static func join(_ space: AddressSpace) {
    CPUMemory.mappers.withLock { (mappers: inout MapperList) in
      guard !space.place.isLinked else { return }
      space.place.space = space
      mappers.list.append(space.place)
    }
  }

  /// `space` maps nothing any more. The caller has a reference to it.
  static func leave(_ space: AddressSpace) {
    guard space.place.isLinked else { return }
    CPUMemory.mappers.withLock { (mappers: inout MapperList) in
      mappers.list.remove(space.place)
      space.place.space = nil
    }
  }
}

/// A space's place in the list, or the place of a walk.
final class MapperEntry: ListNode {
  /// Nil for a walk. Guarded by the list's lock. The list keeps its spaces: whoever made one takes it down.
  fileprivate var space: AddressSpace?
}

struct MapperList: ~Copyable {
  fileprivate var list = IntrusiveList<MapperEntry>()

  /// The next space behind `place`, which goes behind that; nil at the end, where `place` leaves the list.
  fileprivate mutating func next(_ place: MapperEntry) -> AddressSpace? {
    while let entry = list.step(place) {
      if let space = entry.space { return space }
    }
    list.remove(place)
    return nil
  }
}

extension AddressSpace {
  /// Unmaps pages of a file in this space; see `FileMappers.unmap`. With `change` held nothing moves meanwhile, and no
  /// fork is half way.
  fileprivate func unmap(_ object: UInt, _ pages: Range<UInt64>, copiesToo: Bool) {
    change.withLock { (_: inout Void) in
      clearInPieces { (state, cursor, gather) in
        state.clearPages(of: object, pages, copiesToo: copiesToo, &cursor, into: &gather)
      }
    }
  }
}

extension SpaceState {
  /// Clears the pages `pages` of `object` from `cursor` on, handing their frames to `gather`, as long as that has room.
  /// Answers whether all are cleared.
  fileprivate mutating func clearPages(
    of object: UInt, _ pages: Range<UInt64>, copiesToo: Bool, _ cursor: inout ClearCursor,
    into gather: inout FrameGather
  ) -> Bool {
    var index = regions.firstEnding(above: cursor.address)
    while index < regions.count {
      defer { index &+= 1 }
      guard regions.maps(index, object) else { continue }
      let start = regions.start(index)
      let first = regions.pageIndex(index, start)
      let last = first &+ ((regions.end(index) &- start) &>> 12)
      let (low, high) = (max(first, pages.lowerBound), min(last, pages.upperBound))
      guard low < high else { continue }
      let isDone = clear(
        start &+ (low &- first) &<< 12, start &+ (high &- first) &<< 12, &cursor, into: &gather
      ) { (leaf, from, to, state, gather) in
        leaf.clear(from, to) { entry in
          guard copiesToo || entry & PageEntry.pagers != 0 else { return false }
          state.countCleared(entry)
          gather.push(PageEntry.frame(entry))
          return true
        }
      }
      if !isDone { return false }
    }
    return true
  }
}
