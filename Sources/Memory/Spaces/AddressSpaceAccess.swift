public import Basics
import Locking

// Reaching into a space from outside: exec's stack, /proc/PID/cmdline, process_vm_readv, futex keys.
extension AddressSpace {
  /// Copies `bytes` to this space, which need not be the current one; pages are brought in as if the
  /// program had written. Throws `EFAULT`, `ENOMEM`.
  public func write(_ bytes: [UInt8], to address: UInt64) throws(Errno) {
    try UserMemory.check(address, bytes.count)
    var done = 0
    while done < bytes.count {
      let at = address &+ UInt64(done)
      let step = min(bytes.count &- done, Int(4096 &- (at & 4095)))
      let frame = try frame(at, .write)
      Frames.copy(from: bytes, at: done, to: frame, offset: Int(at & 4095), count: step)
      Frames.release(frame)
      done &+= step
    }
  }

  /// Fills `count` bytes at `address` with zeros.
  public func clear(_ address: UInt64, count: Int) throws(Errno) {
    try UserMemory.check(address, count)
    var done = 0
    while done < count {
      let at = address &+ UInt64(done)
      let step = min(count &- done, Int(4096 &- (at & 4095)))
      let frame = try frame(at, .write)
      Frames.clear(frame, offset: Int(at & 4095), count: step)
      Frames.release(frame)
      done &+= step
    }
  }

  /// `count` bytes of this space (at most 1 MiB, else `ENOMEM`). Throws `EFAULT`.
  public func read(_ address: UInt64, count: Int) throws(Errno) -> [UInt8] {
    try UserMemory.check(address, count)
    guard count <= 1 &<< 20 else { throw .ENOMEM }
    try Memory.admit(count)
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let at = address &+ UInt64(done)
      let step = min(count &- done, Int(4096 &- (at & 4095)))
      let frame = try frame(at, .read)
      Frames.copy(from: frame, offset: Int(at & 4095), into: &bytes, at: done, count: step)
      Frames.release(frame)
      done &+= step
    }
    return bytes
  }

  /// The frame behind `address`, brought in for `access`, with a reference for the caller.
  private func frame(_ address: UInt64, _ access: FaultAccess) throws(Errno) -> Frame {
    while true {
      let found = space.withLock { (state: inout SpaceState) -> Frame? in
        guard let entry = state.tables.leaf(address)?[address], entry & PageEntry.present != 0 else { return nil }
        if access == .write, entry & PageEntry.writable == 0 { return nil }
        let frame = PageEntry.frame(entry)
        Frames.retain(frame)
        return frame
      }
      if let found { return found }
      switch fault(at: address, access: access, user: false) {
      case .resolved: break
      case .outOfMemory: throw .ENOMEM
      default: throw .EFAULT
      }
    }
  }

  /// What identifies a futex word: its object and offset when the mapping is shared, else this space and
  /// the address (`shared` false: surely so). `EFAULT` when nothing is mapped there.
  @inline(__always)
  public func futexKey(_ address: UInt64, shared: Bool) throws(Errno) -> FutexKey {
    let mine = FutexKey(object: UInt(bitPattern: ObjectIdentifier(self)), offset: address)
    return shared ? try sharedFutexKey(address, mine) : mine
  }

  /// That of the page's object where the page is one of a shared mapping, else `mine`.
  public func sharedFutexKey(_ address: UInt64, _ mine: FutexKey) throws(Errno) -> FutexKey {
    try space.withLock { (state: inout SpaceState) throws(Errno) -> FutexKey in
      guard let index = state.regions.find(address) else { throw .EFAULT }
      guard state.regions.flags(index).contains(.shared), let pager = state.regions.pager(index) else { return mine }
      let offset = state.regions.pageIndex(index, address) &<< 12 | address & 4095
      return FutexKey(object: pager.identity, offset: offset)
    }
  }
}
