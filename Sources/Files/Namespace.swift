import Basics
import Locking
import Scheduling

/// The tree that processes see: the mounts, the kinds of file system, the devices, and the locks that span
/// directories. One object, made at boot; every `FSContext` refers to it.
public final class Namespace: @unchecked Sendable {
  /// Openers of character and block devices by number.
  public let devices = DeviceTable()

  public init() {}
}

/// Who opens device nodes: `DevFS` registers a driver per major number.
open class DeviceDriver: @unchecked Sendable {
  public init() {}
  /// Opens the device; `request.location` names the node, `inode` is the node.
  open func open(_ device: DeviceNumber, _ request: OpenRequest, inode: Inode) throws(Errno) -> OpenFile { throw .ENXIO }
}

/// Device drivers by kind and major number.
public final class DeviceTable: @unchecked Sendable {
  public init() {}
  public func register(_ kind: FileKind, major: UInt32, _ driver: DeviceDriver) { fatalError("F: soon") }
  /// ENXIO when nobody registered.
  public func driver(_ kind: FileKind, major: UInt32) throws(Errno) -> DeviceDriver { throw .ENXIO }
}
