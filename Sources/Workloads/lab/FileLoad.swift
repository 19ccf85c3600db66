// files: names and contents.
import CLinux
import Harness

/// One operation: a file of 2 KiB is made, written, renamed, opened again, read, looked at and removed; every fourth time
/// in the directory that all workers share, else in the worker's own. Every eighth operation lists the directory.
func fileLoad(_ place: Place) -> Load {
  let own = "own.\(place.worker)"
  mkdir(own, 0o755)
  mkdir("shared", 0o755)
  var random = Random(place.seed)
  var bytes = [UInt8](repeating: 0, count: 2048)
  var found = [UInt8](repeating: 0, count: 4096)
  var names = [CChar](repeating: 0, count: 1 << 14)

  func round(_ number: Int) -> String? {
    let directory = number & 3 == 3 ? "shared" : own
    let first = "\(directory)/new.\(place.worker)"
    let second = "\(directory)/file.\(place.worker)"
    let value = random.next()
    for i in stride(from: 0, to: bytes.count, by: 64) { bytes[i] = UInt8(truncatingIfNeeded: value >> UInt64(i & 63)) }
    var fd = x_open(first, O_CREAT | O_EXCL | O_WRONLY, 0o644)
    if fd < 0 { return "create: errno \(errno_get())" }
    let written = write(fd, bytes, bytes.count)
    close(fd)
    if written != bytes.count { return "wrote \(written) bytes" }
    if rename(first, second) != 0 { return "rename: errno \(errno_get())" }
    if access(first, F_OK) == 0 || errno_get() != ENOENT { return "the old name is still there" }
    fd = x_open(second, O_RDONLY, 0)
    if fd < 0 { return "open: errno \(errno_get())" }
    let got = read(fd, &found, found.count)
    var status = stat()
    fstat(fd, &status)
    close(fd)
    if got != bytes.count || Int(status.st_size) != bytes.count { return "\(got) bytes of a file of \(status.st_size)" }
    for i in 0..<bytes.count where found[i] != bytes[i] { return "byte \(i) of the file is wrong" }
    if number & 7 == 7 {
      let count = list_names(directory, &names, Int32(names.count))
      if count < 1 || !lists("file.\(place.worker)") { return "the directory does not list the file (\(count) names)" }
    }
    if unlink(second) != 0 { return "unlink: errno \(errno_get())" }
    return nil
  }

  /// Whether the list of names, with blanks between, has the name.
  func lists(_ name: String) -> Bool {
    for word in string(names).utf8.split(separator: 0x20) where word.elementsEqual(name.utf8) { return true }
    return false
  }

  return Load(
    operation: round,
    end: { rmdir(own) == 0 ? nil : "the own directory is not empty: errno \(errno_get())" })
}
