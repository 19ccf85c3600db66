import Glibc

/// Debian's Linux kernel for virtual machines, fetched once into the cache; no rights are needed for that.
enum LinuxKernel {
  private static let package = "linux-image-cloud-amd64"

  /// The path of the newest cached kernel, fetched when there is none.
  static func path() throws -> String {
    let folder = "\(try Places.cache())/linux"
    try Files.makeDirectory(folder)
    if let newest = try Files.names(in: folder).last(where: { $0.hasPrefix("vmlinuz-") }) { return "\(folder)/\(newest)" }
    let version = try versionedPackage()
    var progress = Progress("fetching Debian's \(version)")
    defer { progress.finish() }
    let script = """
      set -e
      cd "$1"
      work=$(mktemp -d ./fetch.XXXXXX)
      trap 'rm -rf "$work"' EXIT
      cd "$work"
      apt-get download "$2" || { apt-get update && apt-get download "$2"; }
      dpkg -x ./*.deb .
      mv boot/vmlinuz-* ..
      cd ..
      """
    let result = try Subprocess.run(["sh", "-c", script, "sh", folder, version], tick: { progress.tick() })
    guard result.end == .exited(0), let name = try Files.names(in: folder).last(where: { $0.hasPrefix("vmlinuz-") }) else {
      let reason = result.errorText.split(separator: "\n").last { !$0.hasPrefix("W:") }.map(String.init) ?? ""
      throw Failure("cannot fetch \(version): \(reason)")
    }
    return "\(folder)/\(name)"
  }

  /// The package that the metapackage stands for now.
  private static func versionedPackage() throws -> String {
    let result = try Subprocess.run(["apt-cache", "depends", package])
    for line in result.text.split(separator: "\n") {
      if let start = line.range(of: "Depends: linux-image-") {
        return "linux-image-" + line[start.upperBound...].filter { $0 != "<" && $0 != ">" }
      }
    }
    throw Failure("apt knows no \(package); as root: apt-get update")
  }
}
