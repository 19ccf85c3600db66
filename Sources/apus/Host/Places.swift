import Glibc

/// Where things are: the repository that this tool was built in, and the user's cache.
enum Places {
  /// The repository, found upwards from the tool's own file.
  static let repository: String = {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    var path = String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    while let slash = path.lastIndex(of: "/") {
      path = String(path[..<slash])
      if Files.exists("\(path)/Image/Package.swift") { return path }
    }
    return "."
  }()

  /// `~/.cache/apus`, or where XDG_CACHE_HOME says; /tmp for a user without a home.
  static func cache() throws -> String {
    let candidates = [
      Host.environment("XDG_CACHE_HOME").map { "\($0)/apus" },
      Host.environment("HOME").map { "\($0)/.cache/apus" },
      "/tmp/apus-\(getuid())",
    ]
    for case let path? in candidates {
      if (try? Files.makeDirectory(path)) != nil, access(path, W_OK) == 0 { return path }
    }
    throw Failure("no place to keep files: neither ~/.cache nor /tmp can be written")
  }

  /// A new file for this run's kernel log. The twenty newest are kept.
  static func newLog() throws -> String {
    let folder = "\(try cache())/logs"
    try Files.makeDirectory(folder)
    let old = try Files.names(in: folder).filter { $0.hasSuffix(".log") }
    for name in old.dropLast(19) { unlink("\(folder)/\(name)") }
    var now = time(nil)
    var local = tm()
    localtime_r(&now, &local)
    var stamp = [CChar](repeating: 0, count: 32)
    let length = strftime(&stamp, stamp.count, "%Y-%m-%d-%H%M%S", &local)
    let text = String(decoding: stamp.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(folder)/\(text)-\(getpid()).log"
  }
}
