import Basics
import Locking
import Machine
import Scheduling

extension AddressSpace {
  /// Resolves a page fault at `address` of this space. No lock is held; may sleep. `user`: the program touched
  /// it, not the kernel on its behalf.
  ///
  /// Under the lock everything is decided and, where no pager is needed, done. The page that may be needed
  /// is filled with zeros before, outside the lock, and kept for the next fault when it was not.
  public func fault(at address: UInt64, access: FaultAccess, user: Bool) -> FaultOutcome {
    guard address < UserMemory.end else { return .notMapped }
    let page = address & ~4095
    while true {
      let spare = SparePage.take()
      let step = space.withLock { (state: inout SpaceState) -> FaultStep in
        state.resolve(page, access, spare)
      }
      switch step {
      case .done:
        SparePage.keep(spare)
        return .resolved
      case .usedSpare:
        return .resolved
      case .replaced(let old):
        SparePage.keep(spare)
        // Only this page changed. Its old frame goes when no CPU reads through a stale translation.
        Shootdown.flush(root: root, active: active, page, page &+ 4096)
        Frames.release(old)
        return .resolved
      case .fail(let outcome):
        SparePage.keep(spare)
        return outcome
      case .waitForFork:
        SparePage.keep(spare)
        change.withLock { (_: inout Void) in }
      case .needsMemory:
        SparePage.keep(spare)
        if !Memory.reclaimSome() { return .outOfMemory }
      case .needsPage(let pager, let index, let around):
        SparePage.keep(spare)
        if let outcome = bring(page, access, pager, index, around) { return outcome }
      }
    }
  }

  /// Gets page `index` from `pager` and maps it, with its neighbours that are in memory when only reading.
  /// Nil: something changed meanwhile, look again.
  private func bring(
    _ page: UInt64, _ access: FaultAccess, _ pager: any Pager, _ index: UInt64, _ around: FaultAround
  ) -> FaultOutcome? {
    // Read before the pager is asked: whoever cuts the file after that finds the page mapped, or this finds the number
    // changed.
    let cuts = pager.cuts
    if access != .write, around.count > 1 {
      var batch = FrameBatch(wanted: around.count)
      pager.cachedPages(from: index &- UInt64(around.before), into: &batch)
      if batch[around.before] != nil {
        let first = page &- UInt64(around.before) &* 4096
        space.withLock { (state: inout SpaceState) in
          if pager.cuts == cuts { state.install(&batch, at: first, from: pager, faulting: page, index: index) }
        }
        batch.releaseRest()
        return nil
      }
      batch.releaseRest()
    }
    let isShared = around.isShared
    let frame: Frame?
    do { frame = try pager.page(index, writing: access == .write && isShared) } catch {
      return error == .ENOMEM ? (Memory.reclaimSome() ? nil : .outOfMemory) : .busError
    }
    guard let frame else { return .busError }
    if access == .write, !isShared {
      // A private copy at once: the page cache's own is not mapped in between.
      guard let copy = Frames.allocate(zeroed: false) else {
        Frames.release(frame)
        return Memory.reclaimSome() ? nil : .outOfMemory
      }
      Frames.copyPage(from: frame, to: copy)
      Frames.release(frame)
      let (installed, old) = space.withLock { (state: inout SpaceState) -> (Bool, Frame?) in
        if pager.cuts != cuts { return (false, nil) }
        return state.installCopy(page, copy, from: pager, index: index)
      }
      if let old {
        Shootdown.flush(root: root, active: active, page, page &+ 4096)
        Frames.release(old)
      }
      if !installed { Frames.release(copy) }
      return nil
    }
    let installed = space.withLock { (state: inout SpaceState) -> Bool in
      if pager.cuts != cuts { return false }
      return state.install(page, frame, from: pager, index: index, writing: access == .write)
    }
    if !installed { Frames.release(frame) }
    return installed ? .resolved : nil
  }
}

/// What the lock's holder found out about a fault.
enum FaultStep {
  case done
  /// The zeroed page is mapped.
  case usedSpare
  /// The spare page took the place of this one.
  case replaced(Frame)
  case fail(FaultOutcome)
  /// To be tried again when the fork under way, which holds `change`, is over.
  case waitForFork
  case needsMemory
  case needsPage(any Pager, UInt64, FaultAround)
}

/// Which neighbours of a faulting file page may be mapped with it.
struct FaultAround {
  /// Pages before it, and pages in all.
  var before: Int
  var count: Int
  var isShared: Bool
}

/// The page filled with zeros that each CPU keeps ready for its next fault. Faults are not interrupted by
/// other threads (the kernel is not preemptible) and interrupts have none, so nothing guards it.
enum SparePage {
  @inline(__always) static func take() -> Frame? {
    let cpu = unsafe CPUMemory.current
    let kept = unsafe cpu.pointee.zeroed
    if kept != FrameTable.none {
      unsafe cpu.pointee.zeroed = FrameTable.none
      return Frame(number: kept)
    }
    return Frames.allocate(zeroed: true)
  }

  /// Frees the page that is kept.
  static func giveUp() {
    let cpu = unsafe CPUMemory.current
    let kept = unsafe cpu.pointee.zeroed
    unsafe cpu.pointee.zeroed = FrameTable.none
    if kept != FrameTable.none { Frames.release(Frame(number: kept)) }
  }

  @inline(__always) static func keep(_ frame: Frame?) {
    guard let frame else { return }
    let cpu = unsafe CPUMemory.current
    if unsafe cpu.pointee.zeroed == FrameTable.none {
      unsafe cpu.pointee.zeroed = frame.number
    } else {
      Frames.release(frame)
    }
  }
}
