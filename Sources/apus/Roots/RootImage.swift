import Glibc

/// What `--root` names, turned into the one file that the kernel gets as its initial root.
struct RootImage {
  /// The archive, uncompressed and checked.
  private(set) var descriptor: Int32
  /// Bytes in it.
  private(set) var size: Int

  /// The default root, a directory, or a cpio archive (newc; gzip throughout or from some archive on).
  static func open(_ path: String?) throws -> RootImage {
    guard let path else { return try RootImage(file: try BusyboxRoot.cached(), name: "the default root") }
    guard Files.exists(path) else { throw Failure.system("--root \(path)", status: ExitStatus.noInput) }
    if Files.isDirectory(path) {
      let file = try Files.anonymous()
      var progress = Progress("archiving \(path)")
      progress.tick()
      try DirectoryRoot.write(path, to: file)
      progress.finish()
      return try RootImage(checking: file, name: path)
    }
    return try RootImage(file: path, name: "--root \(path)")
  }

  private init(file path: String, name: String) throws {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure.system(name, status: ExitStatus.noInput) }
    var start = [UInt8](repeating: 0, count: 2)
    if pread(descriptor, &start, 2, 0) == 2, start == Gzip.magic {
      defer { close(descriptor) }
      try self.init(checking: try Gzip.expand(path, name: name), name: name)
    } else {
      try self.init(checking: descriptor, name: name)
    }
  }

  /// Checks the archives in a file; what follows them compressed is expanded.
  private init(checking descriptor: Int32, name: String) throws {
    let size = Int(lseek(descriptor, 0, SEEK_END))
    self.descriptor = descriptor
    self.size = size
    guard size > 0 else { throw Failure("\(name) is empty", status: ExitStatus.noInput) }
    guard let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else {
      throw Failure.system(name, status: ExitStatus.noInput)
    }
    defer { munmap(memory, size) }
    let bytes = UnsafeRawBufferPointer(start: memory, count: size)
    switch NewcCheck.check(bytes) {
    case .sound: return
    case .broken(let why): throw Failure("\(name) cannot be a root: \(why)", status: ExitStatus.noInput)
    case .followedBy(let offset):
      guard bytes[offset...].starts(with: Gzip.magic) else {
        throw Failure("\(name) cannot be a root: no archive starts at byte \(offset)", status: ExitStatus.noInput)
      }
      let joined = try Files.anonymous()
      Files.writeAll(joined, bytes[..<offset])
      let tail = try Gzip.expand(bytes: Array(bytes[offset...]), name: name)
      defer { close(tail) }
      try copyFile(from: tail, to: joined)
      self = try RootImage(checking: joined, name: name)
    }
  }

  /// The root with the machine's orders appended, as a nameless file for QEMU's `-initrd`.
  func with(_ orders: Orders) throws -> Int32 {
    let file = try Files.anonymous()
    try copyFile(from: descriptor, to: file)
    Files.writeAll(file, [UInt8](repeating: 0, count: Newc.padding(size)))
    try orders.write(to: file)
    return file
  }
}

/// Copies a whole file to the end of another.
func copyFile(from source: Int32, to target: Int32) throws {
  var chunk = [UInt8](repeating: 0, count: 1 << 20)
  var offset = 0
  while true {
    let count = pread(source, &chunk, chunk.count, offset)
    if count < 0 { throw Failure.system("cannot read the root archive", status: ExitStatus.noInput) }
    if count == 0 { return }
    guard Files.writeAll(target, chunk[..<count]) else { throw Failure.system("cannot write the root archive") }
    offset += count
  }
}

/// Decompression by gzip(1), which is essential in Debian.
enum Gzip {
  static let magic: [UInt8] = [0x1f, 0x8b]

  static func expand(_ path: String, name: String) throws -> Int32 { try run(["gzip", "-dc", "--", path], [], name) }

  static func expand(bytes: [UInt8], name: String) throws -> Int32 { try run(["gzip", "-dc"], bytes, name) }

  private static func run(_ arguments: [String], _ input: [UInt8], _ name: String) throws -> Int32 {
    let result = try Subprocess.run(arguments, input: input)
    guard result.end == .exited(0) else {
      let reason = result.errorText.split(separator: "\n").first.map(String.init) ?? "gzip failed"
      throw Failure("\(name) cannot be expanded: \(reason)", status: ExitStatus.noInput)
    }
    let file = try Files.anonymous()
    guard Files.writeAll(file, result.output) else { throw Failure.system("cannot write the root archive") }
    return file
  }
}
