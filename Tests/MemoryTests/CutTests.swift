import Basics
import Machine
import Synchronization
import Testing

@testable import Memory

/// A file whose pages can be cut off or out, as `TmpRegular` does it: page n begins with the byte n + 1.
private final class CutFile: Pager {
  private var frames: [Frame?] = []
  private(set) var mapped = 0
  private let count = Atomic<UInt64>(0)
  /// Runs when a page has been got, before the fault can map it.
  var afterPage: (() -> Void)?

  init(pages: Int) { grow(to: pages) }

  func grow(to pages: Int) {
    while frames.count < pages {
      let frame = Frames.allocate(zeroed: true)!
      Frames.copy(from: [UInt8(frames.count + 1)], at: 0, to: frame, offset: 0, count: 1)
      frames.append(frame)
    }
  }

  /// Ends the file before page `pages`.
  func end(at pages: Int) {
    let dropped = frames[pages...]
    frames.removeLast(frames.count - pages)
    for frame in dropped { if let frame { Frames.release(frame) } }
    count.add(1, ordering: .sequentiallyConsistent)
    FileMappers.unmap(identity, UInt64(pages)..<(UInt64.max >> 12), copiesToo: true)
  }

  /// Cuts pages out: they are zeros from now on.
  func punch(_ pages: Range<Int>) {
    for index in pages {
      if let frame = frames[index] { Frames.release(frame) }
      frames[index] = Frames.allocate(zeroed: true)
    }
    count.add(1, ordering: .sequentiallyConsistent)
    FileMappers.unmap(identity, UInt64(pages.lowerBound)..<UInt64(pages.upperBound), copiesToo: false)
  }

  var cuts: UInt64 { count.load(ordering: .sequentiallyConsistent) }

  func page(_ index: UInt64, writing: Bool) throws(Errno) -> Frame? {
    guard index < frames.count, let frame = frames[Int(index)] else { return nil }
    Frames.retain(frame)
    let hook = afterPage
    afterPage = nil
    hook?()
    return frame
  }
  func cachedPages(from index: UInt64, into batch: inout FrameBatch) {
    for position in 0..<batch.wanted where index + UInt64(position) < frames.count {
      guard let frame = frames[Int(index) + position] else { continue }
      Frames.retain(frame)
      batch[position] = frame
    }
    let hook = afterPage
    afterPage = nil
    hook?()
  }
  func mappingChanged(by pages: Int, writable: Bool) { mapped += pages }
  func letGo() { for frame in frames { if let frame { Frames.release(frame) } } }
}

/// Pages that a file loses are lost to who maps them.
extension OnOneMachine {
  @Suite(.serialized) struct CutTests {
    private func map(
      _ space: AddressSpace, _ file: CutFile, _ flags: RegionFlags, pages: UInt64 = 8, from: UInt64 = 0
    ) throws -> UInt64 {
      try space.map(
        MapRequest(length: pages * 4096, protection: [.read, .write], flags: flags, pager: file, offset: from * 4096))
    }

    /// The byte at the beginning of a page; nil for SIGBUS.
    private func byte(_ space: AddressSpace, _ address: UInt64) -> UInt8? {
      if space.fault(at: address, access: .read, user: true) == .busError { return nil }
      return try? space.read(address, count: 1).first
    }

    @Test(arguments: [false, true]) func whatIsCutOffIsGone(isShared: Bool) throws {
      try leakingNothing {
        let file = CutFile(pages: 8)
        let space = try AddressSpace.make()
        let whole = try map(space, file, isShared ? .shared : [])
        let part = try map(space, file, isShared ? .shared : [], pages: 3, from: 4)
        for page: UInt64 in [1, 5, 7] { try space.write([99], to: whole + page * 4096) }
        for page: UInt64 in 0..<3 { #expect(byte(space, part + page * 4096) != nil) }
        file.end(at: 5)
        for page: UInt64 in 0..<8 {
          let expected: UInt8? = page >= 5 ? nil : page == 1 ? 99 : UInt8(page + 1)
          #expect(byte(space, whole + page * 4096) == expected)
        }
        #expect(byte(space, part) == 5 && byte(space, part + 4096) == nil)
        file.grow(to: 8)
        // What comes back is the file's, copies or not.
        #expect(byte(space, whole + 5 * 4096) == 6 && byte(space, part + 4096) == 6)
        space.destroy()
        #expect(file.mapped == 0)
        file.letGo()
      }
    }

    @Test func aHoleLeavesCopies() throws {
      try leakingNothing {
        let file = CutFile(pages: 8)
        let space = try AddressSpace.make()
        let address = try map(space, file, [])
        try space.write([77], to: address + 4096)
        for page: UInt64 in 0..<8 { #expect(byte(space, address + page * 4096) != nil) }
        file.punch(1..<3)
        #expect([0, 1, 2, 3].map { byte(space, address + $0 * 4096) } == [1, 77, 0, 4])
        space.destroy()
        file.letGo()
      }
    }

    /// A child has the parent's copies, and loses them too; one forked afterwards has none.
    @Test func childrenLoseThemToo() throws {
      try leakingNothing {
        let file = CutFile(pages: 8)
        let parent = try AddressSpace.make()
        let address = try map(parent, file, [])
        try parent.write([88], to: address + 6 * 4096)
        let child = try parent.fork()
        #expect(byte(child, address + 6 * 4096) == 88)
        #expect(file.mapped == 16)
        file.end(at: 2)
        let late = try parent.fork()
        file.grow(to: 8)
        for space in [parent, child, late] { #expect(byte(space, address + 6 * 4096) == 7) }
        for space in [parent, child, late] { space.destroy() }
        #expect(file.mapped == 0)
        file.letGo()
      }
    }

    /// The file is cut between a fault's getting a page and its mapping it, and has grown again by then: the fault must
    /// not map what was the file's once.
    @Test(arguments: [FaultAccess.read, .write], [false, true])
    func aFaultThatComesTooLate(access: FaultAccess, isShared: Bool) throws {
      try leakingNothing {
        let file = CutFile(pages: 8)
        let space = try AddressSpace.make()
        let address = try map(space, file, isShared ? .shared : [])
        let cut = {
          file.end(at: 0)
          file.grow(to: 8)
          file.punch(3..<4)
        }
        file.afterPage = cut
        #expect(space.fault(at: address + 3 * 4096, access: access, user: true) == .resolved)
        #expect(try space.read(address + 3 * 4096, count: 1) == [0])
        // Gone for good. (The neighbours were mapped with the page.)
        file.end(at: 0)
        file.grow(to: 8)
        let last = { file.end(at: 0) }
        file.afterPage = last
        #expect(space.fault(at: address + 5 * 4096, access: access, user: true) == .busError)
        space.destroy()
        file.letGo()
      }
    }

    /// Growing a mapping counts, in place or not, so that the file knows of it until the last is gone.
    @Test func mappingsThatGrowAreCounted() throws {
      try leakingNothing {
        let file = CutFile(pages: 8)
        let space = try AddressSpace.make()
        let address = try map(space, file, .shared, pages: 2)
        let grown = try space.remap(address, 2 * 4096, 5 * 4096, mayMove: true, fixed: nil)
        #expect(file.mapped == 5)
        let moved = try space.remap(grown, 5 * 4096, 7 * 4096, mayMove: true, fixed: 0x20_0000_0000)
        #expect(file.mapped == 7)
        _ = try space.remap(moved, 7 * 4096, 8 * 4096, mayMove: false, fixed: nil)
        #expect(file.mapped == 8)
        try space.unmap(moved, 3 * 4096)
        #expect(file.mapped == 5)
        space.destroy()
        #expect(file.mapped == 0)
        file.letGo()
      }
    }
  }
}
