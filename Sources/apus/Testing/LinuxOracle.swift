import Glibc
import Synchronization

/// The default root with the scripts in it, at /oracle.
enum OracleRoot {
  private static let made = Mutex<String?>(nil)

  /// A cpio archive in the cache: the default root, followed by an archive of Tests/Oracle.
  static func path() throws -> String {
    try made.withLock { known in
      if let known { return known }
      let file = try Files.anonymous()
      defer { close(file) }
      let base = try RootImage.open(nil)
      try copyFile(from: base.descriptor, to: file)
      var archive = NewcWriter(file)
      try archive.directory("oracle")
      try add("\(Places.repository)/Tests/Oracle", as: "oracle", to: &archive)
      try archive.finish()
      lseek(file, 0, SEEK_SET)
      let path = "\(try Places.cache())/oracle-\(getpid()).cpio"
      try Files.write(path, try Files.read(file, name: path))
      known = path
      atexit { OracleRoot.remove() }
      return path
    }
  }

  private static func remove() { made.withLock { if let path = $0 { unlink(path) } } }

  private static func add(_ folder: String, as prefix: String, to archive: inout NewcWriter) throws {
    for name in try Files.names(in: folder) {
      let path = "\(folder)/\(name)"
      if Files.isDirectory(path) {
        try archive.directory("\(prefix)/\(name)")
        try add(path, as: "\(prefix)/\(name)", to: &archive)
      } else {
        try archive.file("\(prefix)/\(name)", mode: 0o755, try Files.read(path))
      }
    }
  }
}

/// What Linux makes of the scripts: the same root, unpacked into a tmpfs of its own, with its own /proc and /dev,
/// by the same busybox. Namespaces see to it that nothing is left behind.
final class LinuxOracle: Sendable {
  static let shared = LinuxOracle()
  private let known = Mutex<[String: OracleFrame]?>(nil)

  /// Results by script; run once for all combinations.
  func results() throws -> [String: OracleFrame] {
    try known.withLock { known in
      if let known { return known }
      let busybox = try BusyboxRoot.find()
      let user = getuid() == 0 ? [] : ["--user", "--map-root-user"]
      let folder = try Places.cache() + "/oracle-linux"
      try Files.makeDirectory(folder)
      let command = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"] + user
        + [
          "sh", "\(Places.repository)/Tests/Oracle/driver-linux.sh", folder,
          try BusyboxRoot.cached(), "\(Places.repository)/Tests/Oracle", busybox,
        ]
      let names = OracleTests.scripts()
      let result = try Subprocess.run(
        command + names,
        environment: Orders.environment(for: .pipes), timeout: 180)
      let frames = OracleFrame.parse(result.output)
      guard frames.count == names.count else {
        throw Failure("the scripts do not run on Linux: \(result.errorText.split(separator: "\n").first ?? "no reason given")")
      }
      let table = Dictionary(frames.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
      known = table
      return table
    }
  }
}
