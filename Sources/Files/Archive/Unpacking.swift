import Basics
import Machine
import Memory
import Scheduling

/// Unpacks cpio archives into the tree, as Linux does with its initial file system: a later member replaces an
/// earlier one of the same name, names of one inode become hard links, and missing parents are made.
public struct ArchiveUnpacker<Source: ArchiveSource> {
  private var reader: CpioReader<Source>
  private let caller: Caller
  /// First name of each inode with several, within one archive.
  private var linked: [(inode: UInt32, device: DeviceNumber, path: [UInt8])] = []
  /// Directories get their times last, since what is made in them changes those.
  private var directories: [(path: [UInt8], modified: Int64)] = []
  /// Where and why the archive is broken, after `unpack` threw EINVAL.
  public private(set) var problem: (offset: Int, reason: StaticString)?
  /// Members unpacked, and bytes of data.
  public private(set) var members = 0
  public private(set) var bytes = 0

  /// Unpacks with the names starting at the root of `namespace`, as the superuser.
  public init(_ source: Source, into namespace: Namespace) {
    reader = CpioReader(source)
    let root = namespace.rootLocation
    let context = FSContext(namespace: namespace, root: root, working: root, umask: 0)
    caller = Caller(context: context, credentials: Credentials.root())
  }

  /// Throws EINVAL when the archive is broken (see `problem`), ENOSPC or ENOMEM when it does not fit.
  public mutating func unpack() throws(Errno) {
    while true {
      switch reader.next() {
      case .entry(let entry):
        try unpack(entry)
        members += 1
      case .trailer: linked = []
      case .end:
        for directory in directories.reversed() { try setTimes(directory.path, directory.modified) }
        directories = []
        return
      case .broken(let offset, let reason):
        problem = (offset, reason)
        throw .EINVAL
      }
    }
  }

  private mutating func unpack(_ entry: CpioEntry) throws(Errno) {
    guard let path = absolute(entry.name), let kind = FileKind(mode: entry.mode) else {
      problem = (entry.dataOffset, "bad name or mode")
      throw .EINVAL
    }
    let modified = Int64(entry.modified) * 1_000_000_000
    if kind == .directory {
      try makeDirectory(path)
      directories.append((path, modified))
      return try setAttributes(path, entry)
    }
    try clear(path)
    if kind != .symbolicLink, entry.links > 1, let first = firstName(entry, path) {
      try caller.link(try caller.find(first, []), to: path)
      if entry.size > 0 { try write(path, entry) }
      return try setTimes(path, modified)
    }
    switch kind {
    case .regular: try write(path, entry)
    case .symbolicLink:
      guard entry.size > 0, entry.size < 4096 else {
        problem = (entry.dataOffset, "bad link")
        throw .EINVAL
      }
      let target = reader.source.bytes(at: entry.dataOffset, entry.size)
      try inParent(of: path) { () throws(Errno) in try caller.makeSymbolicLink(path, target: target) }
    default:
      try inParent(of: path) { () throws(Errno) in
        try caller.makeNode(path, kind, mode: entry.mode, device: entry.specialDevice)
      }
    }
    try setAttributes(path, entry)
    try setTimes(path, modified)
  }

  /// `/` and the name, without `./` before it; nil when a component is `..`.
  private func absolute(_ name: [UInt8]) -> [UInt8]? {
    var path: [UInt8] = []
    for component in name.split(separator: slash) {
      if component.count == 1, component.first == dot { continue }
      if component.count == 2, component.allSatisfy({ $0 == dot }) { return nil }
      path.append(slash)
      path.append(contentsOf: component)
    }
    if path.isEmpty { path.append(slash) }
    return path
  }

  private mutating func firstName(_ entry: CpioEntry, _ path: [UInt8]) -> [UInt8]? {
    for known in linked where known.inode == entry.inode && known.device == entry.device { return known.path }
    linked.append((entry.inode, entry.device, path))
    return nil
  }

  private func makeDirectory(_ path: [UInt8]) throws(Errno) {
    if path.count == 1 { return }
    if let old = try existing(path) {
      if old.inode.kind == .directory { return }
      try caller.unlink(path)
    }
    try inParent(of: path) { () throws(Errno) in try caller.makeDirectory(path, mode: 0o755) }
  }

  private func existing(_ path: [UInt8]) throws(Errno) -> Location? {
    do throws(Errno) { return try caller.find(path, []) } catch { return nil }
  }

  /// Removes what has the name, if anything.
  private func clear(_ path: [UInt8]) throws(Errno) {
    guard let old = try existing(path) else { return }
    if old.inode.kind == .directory { try caller.removeDirectory(path) } else { try caller.unlink(path) }
  }

  /// Runs `make`; when the parent directory is missing makes that first.
  private func inParent(of path: [UInt8], _ make: () throws(Errno) -> Void) throws(Errno) {
    do throws(Errno) { return try make() } catch { if error != .ENOENT { throw error } }
    guard let last = path.lastIndex(of: slash), last > 0 else { throw .ENOENT }
    try makeDirectory(Array(path[..<last]))
    try make()
  }

  private mutating func write(_ path: [UInt8], _ entry: CpioEntry) throws(Errno) {
    var opened: OpenFile?
    let caller = caller
    try inParent(of: path) { () throws(Errno) in
      opened = try caller.open(path, flags: [.writeOnly, .create, .truncate], mode: entry.mode & FileMode.all)
    }
    guard let file = opened else { return }
    var done = 0
    var position: Int64 = 0
    while done < entry.size {
      let count = min(entry.size - done, 65536)
      var source = UserSource(bytes: reader.source.bytes(at: entry.dataOffset + done, count))
      guard try file.write(from: &source, at: &position) == count else { throw .ENOSPC }
      done += count
    }
    bytes += done
  }

  private func setAttributes(_ path: [UInt8], _ entry: CpioEntry) throws(Errno) {
    let location = try caller.find(path, [])
    if entry.user != 0 || entry.group != 0 {
      try caller.changeOwner(location, user: entry.user, group: entry.group)
    }
    if location.inode.kind != .symbolicLink { try caller.changeMode(location, to: entry.mode & FileMode.all) }
  }

  private func setTimes(_ path: [UInt8], _ modified: Int64) throws(Errno) {
    let location = try caller.find(path, [])
    try caller.changeTimes(location, accessed: .at(modified), modified: .at(modified))
  }
}
