import Glibc

/// The few things of the host that everything here needs.
enum Host {
  /// What `errno` means, in words.
  static func errorText(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

  /// An environment variable that is set and not empty.
  static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Nanoseconds of the monotonic clock.
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Where a program is that the shell would find, or nil.
  static func find(program: String) -> String? {
    let path = environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
    for folder in path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"] {
      let candidate = "\(folder)/\(program)"
      if access(candidate, X_OK) == 0, !Files.isDirectory(candidate) { return candidate }
    }
    return nil
  }

  /// A program that must be there; the failure names the Debian package that brings it.
  static func require(program: String, package: String) throws -> String {
    guard let path = find(program: program) else {
      throw Failure("\(program) is missing: apt-get install \(package)")
    }
    return path
  }

  /// Keeps what the caller left open besides 0, 1 and 2 from the programs that the tool starts: QEMU, and the oracle's
  /// Linux, where a script may list its descriptors.
  static func keepDescriptors() {
    for name in (try? Files.names(in: "/proc/self/fd")) ?? [] {
      if let descriptor = Int32(name), descriptor > 2 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    }
  }

  /// Makes descriptors 0, 1 and 2 exist, so that nothing opened later takes their place; answers which were closed.
  static func fillStandardDescriptors() -> Set<Int32> {
    var closed: Set<Int32> = []
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
      closed.insert(descriptor)
      _ = open("/dev/null", O_RDWR)
    }
    return closed
  }
}
