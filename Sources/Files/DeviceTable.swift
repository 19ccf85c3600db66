import Basics
import Locking

/// Who opens device nodes: `DevFS` registers a driver per kind and major number.
open class DeviceDriver: @unchecked Sendable {
  public init() {}
  /// Opens the device; `request.location` names the node, `inode` is the node. ENXIO when there is no such minor.
  open func open(_ device: DeviceNumber, _ request: OpenRequest, inode: Inode) throws(Errno) -> OpenFile {
    throw .ENXIO
  }
}

/// Device drivers by kind (character or block) and major number.
public final class DeviceTable: @unchecked Sendable {
  private struct Entry {
    var kind: FileKind
    var major: UInt32
    var driver: DeviceDriver
  }
  private let entries = SpinLock<[Entry]>(.deviceTable, [])

  public init() {}

  /// Later registrations of the same number win.
  public func register(_ kind: FileKind, major: UInt32, _ driver: DeviceDriver) {
    entries.withLock { $0.insert(Entry(kind: kind, major: major, driver: driver), at: 0) }
  }

  /// ENXIO when nobody registered.
  public func driver(_ kind: FileKind, major: UInt32) throws(Errno) -> DeviceDriver {
    let found = entries.withLock { (entries) -> DeviceDriver? in
      for entry in entries where entry.major == major && entry.kind == kind { return entry.driver }
      return nil
    }
    guard let found else { throw .ENXIO }
    return found
  }
}
