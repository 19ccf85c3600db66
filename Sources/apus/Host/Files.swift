import Glibc

/// Files of the host, without Foundation: the tool starts in a few milliseconds because of that.
enum Files {
  static func status(_ path: String) -> stat? {
    var result = stat()
    return stat(path, &result) == 0 ? result : nil
  }

  /// The status of a name itself, not of what a symbolic link points to.
  static func linkStatus(_ path: String) -> stat? {
    var result = stat()
    return lstat(path, &result) == 0 ? result : nil
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func isDirectory(_ path: String) -> Bool { status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false }

  static func isRegular(_ path: String) -> Bool { status(path).map { $0.st_mode & S_IFMT == S_IFREG } ?? false }

  /// The names in a directory, sorted, without `.` and `..`.
  static func names(in directory: String) throws -> [String] {
    guard let stream = opendir(directory) else {
      throw Failure.system(directory, status: ExitStatus.noInput)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Every regular file below a directory, by its path, sorted. Hidden names (`.build`, `.git`) are left out.
  static func tree(_ directory: String) throws -> [String] {
    var found: [String] = []
    for name in try names(in: directory) where !name.hasPrefix(".") {
      let path = "\(directory)/\(name)"
      if isDirectory(path) { found += try tree(path) } else { found.append(path) }
    }
    return found
  }

  static func makeDirectory(_ path: String) throws {
    if isDirectory(path) { return }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeDirectory(String(path[..<slash])) }
    if mkdir(path, 0o777) != 0 && errno != EEXIST { throw Failure.system("cannot make \(path)") }
  }

  static func read(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure.system(path, status: ExitStatus.noInput) }
    defer { close(descriptor) }
    return try read(descriptor, name: path)
  }

  /// Everything from a descriptor's position to its end.
  static func read(_ descriptor: Int32, name: String) throws -> [UInt8] {
    var contents: [UInt8] = []
    var status = stat()
    if fstat(descriptor, &status) == 0 { contents.reserveCapacity(Int(status.st_size) + 1) }
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Failure.system(name, status: ExitStatus.noInput) }
      if count == 0 { return contents }
      contents += chunk[..<count]
    }
  }

  /// What is in a file that others write, whose descriptor's position stays as it is.
  static func soFar(_ descriptor: Int32) -> [UInt8] {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(count, 0)))
  }

  static func text(_ path: String) throws -> String { String(decoding: try read(path), as: UTF8.self) }

  /// Writes all bytes, through short writes and signals; false when the reader is gone or the disk is full.
  @discardableResult
  static func writeAll(_ descriptor: Int32, _ bytes: some Collection<UInt8>) -> Bool {
    let bytes = Array(bytes)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done) }
      if count < 0 && errno == EINTR { continue }
      if count < 0 && errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, 1000)
        continue
      }
      if count < 0 { return false }
      done += count
    }
    return true
  }

  /// Replaces a file in one step: no reader, and no crash, ever sees half of it.
  static func write(_ path: String, _ bytes: some Collection<UInt8>) throws {
    let temporary = "\(path).\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Failure.system("cannot write \(path)") }
    let written = writeAll(descriptor, bytes)
    close(descriptor)
    guard written, rename(temporary, path) == 0 else {
      unlink(temporary)
      throw Failure.system("cannot write \(path)")
    }
  }

  /// A nameless file in memory: what is put there needs no cleaning up after any end.
  static func anonymous() throws -> Int32 {
    for folder in ["/dev/shm", Host.environment("TMPDIR") ?? "/tmp"] {
      var template = Array("\(folder)/apus.XXXXXX".utf8CString)
      let descriptor = mkstemp(&template)
      guard descriptor >= 0 else { continue }
      unlink(template)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      return descriptor
    }
    throw Failure.system("cannot make a temporary file in /dev/shm or /tmp")
  }

  /// Takes a lock that other runs of the tool respect; it ends with the returned descriptor.
  static func lock(_ path: String) throws -> Int32 {
    let descriptor = try openLock(path)
    while !hasLocked(descriptor, F_SETLKW) {
      if errno != EINTR { throw Failure.system("cannot lock \(path)") }
    }
    return descriptor
  }

  /// `lock`, or nil when another process has it.
  static func tryLock(_ path: String) throws -> Int32? {
    let descriptor = try openLock(path)
    if hasLocked(descriptor, F_SETLK) { return descriptor }
    close(descriptor)
    return nil
  }

  private static func openLock(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Failure.system("cannot write \(path)") }
    return descriptor
  }

  private static func hasLocked(_ descriptor: Int32, _ command: Int32) -> Bool {
    var region = flock()
    region.l_type = Int16(F_WRLCK)
    return fcntl(descriptor, command, &region) == 0
  }
}

extension Files {
  /// A path without symbolic links, or the same path when there is nothing there.
  static func realPath(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
