import Basics

/// The flags of `mount(2)` that say what to do, with its values.
private enum MountOperation {
  static var remount: UInt32 { 0x20 }
  static var bind: UInt32 { 0x1000 }
  static var move: UInt32 { 0x2000 }
  static var recursive: UInt32 { 0x4000 }
  /// MS_UNBINDABLE, MS_PRIVATE, MS_SLAVE, MS_SHARED
  static var propagation: UInt32 { 1 << 17 | 1 << 18 | 1 << 19 | 1 << 20 }
}

extension Caller {
  /// `mount(2)`. Takes CAP_SYS_ADMIN. Propagation flags succeed without effect: there is one namespace.
  public func mount(
    source: [UInt8], on path: [UInt8], type: [UInt8], flags: UInt32, data: [UInt8]
  ) throws(Errno) {
    // The magic number of old callers.
    let flags = flags & 0xffff_0000 == 0xc0ed_0000 ? flags & 0xffff : flags
    let target = try find(path)
    guard credentials.has(.administrator) else { throw .EPERM }
    if flags & MountOperation.remount != 0 { return try remount(target, flags) }
    if flags & MountOperation.bind != 0 { return try bind(source, on: target) }
    if flags & MountOperation.propagation != 0 { return }
    if flags & MountOperation.move != 0 { throw .EINVAL }
    guard let kind = namespace.type(named: type) else { throw .ENODEV }
    let root = try kind.mount(source: source, data: data, device: namespace.nextDevice())
    try attach(Dentry(root: root), on: target, source: source, MountFlags.requested(flags))
  }

  private func remount(_ target: Location, _ flags: UInt32) throws(Errno) {
    guard target.dentry === target.mount.root else { throw .EINVAL }
    target.mount.flags = MountFlags.requested(flags)
  }

  private func bind(_ source: [UInt8], on target: Location) throws(Errno) {
    let from = try find(source)
    try attach(from.dentry, on: target, source: from.mount.source, from.mount.flags)
  }

  private func attach(_ root: Dentry, on target: Location, source: [UInt8], _ flags: MountFlags) throws(Errno) {
    let isDirectory = root.inode.kind == .directory
    guard isDirectory == (target.inode.kind == .directory) else { throw .ENOTDIR }
    try namespace.mounting.with { () throws(Errno) in
      if target.dentry !== target.mount.root, target.dentry.isRemoved { throw .ENOENT }
      // Somebody may have mounted there since the lookup.
      var point = target
      while let mount = namespace.mount(on: point) { point = Location(mount: mount, dentry: mount.root) }
      let mount = Mount(
        number: namespace.nextMountNumber(), root: root, point: point, source: source, flags: flags)
      namespace.add(mount)
    }
  }

  /// `umount2(2)`. EBUSY while something is mounted below or anybody uses it, unless `MNT_DETACH` (2).
  public func unmount(_ path: [UInt8], flags: UInt32) throws(Errno) {
    guard flags & ~0xf == 0 else { throw .EINVAL }
    guard credentials.has(.administrator) else { throw .EPERM }
    let number = try mountNumber(at: path, follow: flags & 8 == 0)
    let detach = flags & 2 != 0
    try namespace.mounting.with { () throws(Errno) in try remove(number, detach: detach) }
  }

  /// The mount whose root the path names. Gives the number, so that no reference is left.
  private func mountNumber(at path: [UInt8], follow: Bool) throws(Errno) -> Int32 {
    let target = try find(path, follow ? .followLast : [])
    guard target.dentry === target.mount.root, target.mount.point != nil else { throw .EINVAL }
    return target.mount.number
  }

  private func remove(_ number: Int32, detach: Bool) throws(Errno) {
    if detach {
      for below in mountsBelow(number) { dispose(namespace.take(below)) }
      dispose(namespace.take(number))
      return
    }
    guard let mount = namespace.mount(numbered: number) else { throw .EINVAL }
    if namespace.hasMounts(under: mount) { throw .EBUSY }
    _ = consume mount
    // The table's is the last reference unless a file, a working directory or a lookup holds another.
    var taken = namespace.take(number)
    if !isKnownUniquelyReferenced(&taken) {
      if let taken { namespace.add(taken) }
      throw .EBUSY
    }
    dispose(taken)
  }

  /// Mounts under the mount, the deepest first.
  private func mountsBelow(_ number: Int32) -> [Int32] {
    var found = [number]
    var next = 0
    let mounts = namespace.mounts
    while next < found.count {
      for mount in mounts where mount.point?.mount.number == found[next] { found.append(mount.number) }
      next += 1
    }
    return found.dropFirst().reversed()
  }

  /// A mount is gone from the table; when its file system is mounted nowhere else, its name tree goes too.
  private func dispose(_ mount: consuming Mount?) {
    guard let mount, !namespace.isMounted(mount.fileSystem) else { return }
    var top = mount.root
    while let parent = top.parent { top = parent }
    top.forgetTree()
  }
}
