import Glibc

/// Runs the Swift Package Manager on demand and says so when it takes its time.
enum SwiftBuild {
  /// Builds unless `stamp` is current and `product` exists; two runs of the tool never build at once.
  static func run(
    _ what: String, arguments: [String], scratch: String, sources: [String], product: String
  ) throws {
    try Files.makeDirectory(scratch)
    let stampPath = "\(scratch)/apus.stamp"
    if try Stamp(stampPath, of: sources).isCurrent && Files.exists(product) { return }
    let lock = try Files.lock("\(scratch)/apus.lock")
    defer { close(lock) }
    let stamp = try Stamp(stampPath, of: sources)
    if stamp.isCurrent && Files.exists(product) { return }
    guard let swift = Host.find(program: "swift") ?? (Files.exists("/opt/swift/usr/bin/swift") ? "/opt/swift/usr/bin/swift" : nil) else {
      throw Failure("swift is missing and the \(what) has to be built: get Swift 6.3 from https://www.swift.org/install/linux")
    }
    // The package manager looks for new files only in the package that it is asked to build, not in those that it
    // depends on: without its plan it looks everywhere.
    let names = "\(scratch)/apus.names"
    if (try? Files.read(names)) != stamp.names { unlink("\(scratch)/release.yaml") }
    try Files.write(names, stamp.names)
    var progress = Progress("building the \(what)")
    let result = try Subprocess.run(
      [swift, "build", "--scratch-path", scratch] + arguments, tick: { progress.tick() })
    progress.finish()
    guard result.end == .exited(0), Files.exists(product) else {
      let errors = result.everything.split(separator: "\n").filter { $0.contains("error:") }
      let shown = (errors.isEmpty ? result.everything.split(separator: "\n").suffix(20) : errors.prefix(20))
      throw Failure("the \(what) does not build:\n" + shown.joined(separator: "\n"))
    }
    try stamp.keep()
  }
}
