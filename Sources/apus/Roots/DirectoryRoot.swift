import Glibc

/// A directory of the host as a root archive, with modes, times, links and device numbers as they are.
struct DirectoryRoot {
  private var archive: NewcWriter
  /// The inode numbers given to files with several names: the first carries the data.
  private var linked: [LinkKey: UInt32] = [:]
  private var nextLinked: UInt32 = 0x4000_0000

  private struct LinkKey: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  static func write(_ directory: String, to descriptor: Int32) throws {
    var writer = DirectoryRoot(archive: NewcWriter(descriptor))
    try writer.contents(of: directory, prefix: "")
    try writer.archive.finish()
  }

  private init(archive: NewcWriter) { self.archive = archive }

  private mutating func contents(of directory: String, prefix: String) throws {
    for name in try Files.names(in: directory) {
      let path = "\(directory)/\(name)"
      guard let status = Files.linkStatus(path) else { throw Failure.system(path, status: ExitStatus.noInput) }
      try add(path, as: prefix + name, status)
      if status.st_mode & S_IFMT == S_IFDIR { try contents(of: path, prefix: "\(prefix)\(name)/") }
    }
  }

  private mutating func add(_ path: String, as name: String, _ status: stat) throws {
    var entry = Newc.Entry(name: name, mode: UInt32(status.st_mode))
    // What belongs to the caller belongs to root in the guest, as if the caller had unpacked it there.
    entry.user = status.st_uid == getuid() ? 0 : status.st_uid
    entry.group = status.st_gid == getgid() ? 0 : status.st_gid
    entry.links = UInt32(status.st_nlink)
    entry.modified = UInt32(clamping: status.st_mtim.tv_sec)
    entry.deviceMajor = UInt32(truncatingIfNeeded: (status.st_rdev >> 8) & 0xfff)
    entry.deviceMinor = UInt32(truncatingIfNeeded: (status.st_rdev & 0xff) | ((status.st_rdev >> 12) & 0xfff00))
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      if status.st_nlink > 1 {
        let key = LinkKey(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        if let inode = linked[key] {
          entry.inode = inode
          return try archive.add(entry)
        }
        entry.inode = nextLinked
        linked[key] = nextLinked
        nextLinked += 1
      }
      guard status.st_size < 1 << 32 else {
        throw Failure("\(path) is too large for a cpio archive (4 GiB)", status: ExitStatus.noInput)
      }
      try archive.add(entry, try Files.read(path))
    case S_IFLNK:
      var target = [CChar](repeating: 0, count: 4096)
      let count = readlink(path, &target, target.count)
      guard count >= 0 else { throw Failure.system(path, status: ExitStatus.noInput) }
      try archive.add(entry, target[..<count].map { UInt8(bitPattern: $0) })
    case S_IFSOCK:
      return  // A socket's name means nothing on another machine.
    default:
      try archive.add(entry)
    }
  }
}
