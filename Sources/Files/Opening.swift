import Basics
import Memory

extension Caller {
  /// `open(2)`, without the descriptor. `mode` is for a file that is made; the umask is applied here.
  public func open(
    _ path: consuming [UInt8], from start: Location? = nil, flags: OpenFlags, mode: UInt32 = 0,
    _ extra: LookupOptions = []
  ) throws(Errno) -> OpenFile {
    if flags.contains(.path) { return try openPlace(path, from: start, flags, extra) }
    if flags.contains(.temporary), flags.contains(.directory) {
      return try openTemporary(path, from: start, flags, mode: mode, extra)
    }
    if flags.contains(.create) { return try openOrCreate(path, from: start, flags, mode: mode, extra) }
    var options = extra
    if !flags.contains(.noFollow) { options.insert(.followLast) }
    if flags.contains(.directory) { options.insert(.directory) }
    return try open(try find(path, from: start, options), flags)
  }

  /// `O_PATH`: a place, without opening what is there.
  private func openPlace(
    _ path: consuming [UInt8], from start: Location?, _ flags: OpenFlags, _ extra: LookupOptions
  ) throws(Errno) -> OpenFile {
    var options = extra
    if !flags.contains(.noFollow) { options.insert(.followLast) }
    if flags.contains(.directory) { options.insert(.directory) }
    try Memory.admit(2048)
    let location = try find(path, from: start, options)
    let kept = flags.intersection([.path, .directory, .noFollow])
    return OpenFile(
      OpenRequest(flags: kept, location: location, credentials: credentials), inode: location.inode, seekable: false)
  }

  /// `O_CREAT`: the last component is made when it is not there.
  private func openOrCreate(
    _ path: consuming [UInt8], from start: Location?, _ flags: OpenFlags, mode: UInt32, _ extra: LookupOptions
  ) throws(Errno) -> OpenFile {
    if flags.contains(.directory) { throw .EINVAL }
    var walk = try Walk(path, from: start, self, extra)
    while true {
      let last = try walk.toParent()
      guard last.kind == .name, !last.slashed else { throw .EISDIR }
      let directory = walk.here
      var made = false
      var found = directory.dentry.child(walk.path.span.extracting(last.range), hash: last.hash)
      if found == nil {
        let name = walk.name(of: last)
        found = try directory.inode.names.with { () throws(Errno) -> Dentry in
          if let node = try directory.dentry.findLocked(name.span, hash: last.hash) { return node }
          made = true
          return try create(name, hash: last.hash, in: directory, .regular, mode: mode)
        }
      }
      guard let node = found else { throw .ENOENT }
      if made {
        walk.here.dentry = node
        return try open(walk.here, flags, isNew: true)
      }
      if flags.contains(.exclusive) { throw .EEXIST }
      if node.inode.kind == .symbolicLink {
        if flags.contains(.noFollow) { throw .ELOOP }
        guard try walk.followLast(node, last) else { continue }
      } else {
        try walk.arrive(node)
      }
      if walk.here.inode.kind == .directory { throw .EISDIR }
      return try open(walk.here, flags)
    }
  }

  /// `O_TMPFILE`: a file without a name in the directory.
  private func openTemporary(
    _ path: consuming [UInt8], from start: Location?, _ flags: OpenFlags, mode: UInt32, _ extra: LookupOptions
  ) throws(Errno) -> OpenFile {
    guard flags.isWritable else { throw .EINVAL }
    let directory = try find(path, from: start, extra.union([.followLast, .directory]))
    try directory.permitChange()
    try directory.inode.permit([.write, .execute], credentials)
    let inode = try directory.inode.createUnnamed(newNode(in: directory.inode, .regular, mode: mode))
    let node = Dentry(temporaryName(inode.number), in: directory.dentry, inode, removed: true)
    return try open(Location(mount: directory.mount, dentry: node), flags, isNew: true)
  }

  private func temporaryName(_ number: UInt64) -> [UInt8] {
    var digits: [UInt8] = []
    var rest = number
    repeat {
      digits.append(UInt8(truncatingIfNeeded: rest % 10) &+ 0x30)
      rest /= 10
    } while rest > 0
    digits.append(0x23)  // '#'
    return digits.reversed()
  }

  /// Opens what was found. `isNew`: the caller made it just now, so its mode does not matter yet.
  public func open(_ location: Location, _ flags: OpenFlags, isNew: Bool = false) throws(Errno) -> OpenFile {
    // The open file, and what a lookup remembered on the way, come from the kernel heap.
    try Memory.admit(2048)
    let inode = location.inode
    switch inode.kind {
    case .symbolicLink: throw .ELOOP
    case .directory: if flags.isWritable || flags.rawValue & 3 == 3 { throw .EISDIR }
    case .characterDevice, .blockDevice: if location.mount.flags.contains(.noDevices) { throw .EACCES }
    default: break
    }
    if !isNew { try permit(location, flags) }
    let request = OpenRequest(flags: flags, location: location, credentials: credentials)
    let file = try openInode(inode, request)
    if inode.kind == .regular, flags.isWritable {
      if inode.isExecuted { throw .ETXTBSY }
      if flags.contains(.truncate), !isNew { try inode.truncate(to: 0) }
    }
    return file
  }

  private func permit(_ location: Location, _ flags: OpenFlags) throws(Errno) {
    let inode = location.inode
    var access: Access =
      switch flags.rawValue & 3 {
      case 0: .read
      case 1: .write
      default: [.read, .write]
      }
    if flags.contains(.truncate) { access.insert(.write) }
    if access.contains(.write), inode.kind == .regular || inode.kind == .directory { try location.permitChange() }
    try inode.permit(access, credentials)
    if flags.contains(.noAccessTime), !inode.isOwned(by: credentials) { throw .EPERM }
  }

  private func openInode(_ inode: Inode, _ request: OpenRequest) throws(Errno) -> OpenFile {
    if inode.opensItself { return try inode.open(request) }
    switch inode.kind {
    case .characterDevice, .blockDevice:
      let driver = try namespace.devices.driver(inode.kind, major: inode.device.major)
      return try driver.open(inode.device, request, inode: inode)
    case .fifo: return try openNamedPipe(inode, request)
    default: throw .ENXIO
    }
  }

  /// Opens a program file for `execve(2)`: regular, executable, on a mount that allows it (EACCES), and not open for
  /// writing (ETXTBSY). While it runs, hold what `Inode.beginExecution` counts.
  public func openForExecution(_ path: consuming [UInt8], from start: Location? = nil, _ options: LookupOptions = .followLast)
    throws(Errno) -> OpenFile
  {
    let location = try find(path, from: start, options)
    if location.inode.kind == .symbolicLink { throw .ELOOP }
    guard location.inode.kind == .regular else { throw .EACCES }
    if location.mount.flags.contains(.noExecute) { throw .EACCES }
    try location.inode.permit(.execute, credentials)
    return try location.inode.open(OpenRequest(flags: [], location: location, credentials: credentials))
  }
}
