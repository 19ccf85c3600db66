import Synchronization
import Basics
import Locking
import Scheduling

/// The tree that processes see: the mounts, the kinds of file system, the devices, and the locks that span
/// directories. One object, made at boot; every `FSContext` refers to it.
public final class Namespace: @unchecked Sendable {
  /// Drivers of character and block devices by number.
  public let devices = DeviceTable()
  /// Who waits for whose record locks.
  public let lockWaits = LockWaits()
  /// Held while a name moves between directories: keeps the tree a tree.
  let renames = RenameLock()
  /// Held while mounts are made and removed.
  let mounting = MountLock()
  private let table: SpinLock<MountTable>
  /// Where things without a place in the tree are: pipes, sockets, event files.
  public let hidden: Mount

  /// A tree whose root is the file system of `root`.
  public init(root: Inode, source: [UInt8], types: [FileSystemType]) {
    let first = Mount(number: 1, root: Dentry(root: root), point: nil, source: source, flags: [.relativeAccessTime])
    let nowhere = HiddenFileSystem(device: DeviceNumber(major: 0, minor: MountTable.firstDevice &- 1))
    let inode = Inode(fileSystem: nowhere, number: 1, kind: .directory, mode: 0, user: 0, group: 0)
    hidden = Mount(number: 0, root: Dentry(root: inode), point: nil, source: [], flags: [])
    table = SpinLock(.mountTable, MountTable(mounts: [first], types: types))
    rootLocation = Location(mount: first, dentry: first.root)
  }

  /// The root of the tree, where the first process starts.
  public let rootLocation: Location

  /// A place for an inode without a name.
  public func hiddenLocation(_ inode: Inode) -> Location {
    Location(mount: hidden, dentry: Dentry(root: inode))
  }

  /// The mounts, oldest first.
  public var mounts: [Mount] { table.withLock { $0.mounts } }
  /// The kinds of file system, for `/proc/filesystems`.
  public var types: [FileSystemType] { table.withLock { $0.types } }

  public func register(_ type: FileSystemType) { table.withLock { $0.types.append(type) } }

  /// The mount that covers `location`, if any.
  func mount(on location: Location) -> Mount? { table.withLock { $0.mount(on: location) } }
  func type(named name: [UInt8]) -> FileSystemType? { table.withLock { $0.type(named: name) } }
  func nextMountNumber() -> Int32 { table.withLock { $0.nextNumber() } }
  func nextDevice() -> DeviceNumber { table.withLock { $0.nextDevice() } }

  func add(_ mount: Mount) {
    table.withLock { $0.add(mount) }
    mount.point?.dentry.addMount()
  }

  /// Takes a mount out of the table; the caller's is the table's reference.
  func take(_ number: Int32) -> Mount? {
    let mount = table.withLock { $0.take(number) }
    mount?.point?.dentry.removeMount()
    return mount
  }

  public func mount(numbered number: Int32) -> Mount? {
    table.withLock { (table) -> Mount? in
      for mount in table.mounts where mount.number == number { return mount }
      return nil
    }
  }

  /// Whether something is mounted directly on a node of `mount`.
  func hasMounts(under mount: Mount) -> Bool {
    table.withLock { (table) -> Bool in
      for other in table.mounts where other.point?.mount === mount { return true }
      return false
    }
  }

  /// Whether the file system is mounted somewhere.
  func isMounted(_ fileSystem: FileSystem) -> Bool {
    table.withLock { (table) -> Bool in
      for mount in table.mounts where mount.fileSystem === fileSystem { return true }
      return false
    }
  }
}

/// What the mount table's lock guards.
struct MountTable: ~Copyable {
  /// The first minor number for file systems without a device; Linux's start there too, near enough.
  static var firstDevice: UInt32 { 16 }
  private(set) var mounts: [Mount]
  /// Where each is mounted, in the same order: compared without touching reference counts.
  private var points: [Point]
  var types: [FileSystemType]
  private var lastNumber: Int32 = 20
  private var lastDevice = MountTable.firstDevice

  init(mounts: [Mount], types: [FileSystemType]) {
    self.mounts = mounts
    self.types = types
    points = mounts.map { Point($0.point) }
  }

  private struct Point: Equatable {
    var dentry: ObjectIdentifier?
    var mount: ObjectIdentifier?
    init(_ location: Location?) {
      dentry = location.map { ObjectIdentifier($0.dentry) }
      mount = location.map { ObjectIdentifier($0.mount) }
    }
    static func == (a: Point, b: Point) -> Bool { a.dentry == b.dentry && a.mount == b.mount }
  }

  func mount(on location: Location) -> Mount? {
    let wanted = Point(location)
    for index in points.indices where points[index] == wanted { return mounts[index] }
    return nil
  }

  mutating func add(_ mount: Mount) {
    mounts.append(mount)
    points.append(Point(mount.point))
  }

  func type(named name: [UInt8]) -> FileSystemType? {
    for type in types where equal(name.span, type.name) { return type }
    return nil
  }

  mutating func take(_ number: Int32) -> Mount? {
    for index in mounts.indices where mounts[index].number == number {
      points.remove(at: index)
      return mounts.remove(at: index)
    }
    return nil
  }

  mutating func nextNumber() -> Int32 {
    lastNumber &+= 1
    return lastNumber
  }

  mutating func nextDevice() -> DeviceNumber {
    lastDevice &+= 1
    return DeviceNumber(major: 0, minor: lastDevice)
  }
}

/// The file system of what has no place in the tree.
final class HiddenFileSystem: FileSystem, @unchecked Sendable {
  init(device: DeviceNumber) { super.init(type: FileSystemType(name: "anon_inodefs"), device: device, firstNumber: 2) }
  override func status() -> FileSystemStatus { FileSystemStatus(magic: 0x0904_1934, blockSize: 4096) }
}
