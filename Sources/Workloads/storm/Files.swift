// Names and contents in directories that all workers share. A file appears by rename with its contents whole,
// so whoever opens one of the common names reads a whole file of somebody, or finds none.
import CLinux
import Harness

private let common = 8

func fileRound(_ random: inout Random, _ worker: Int) -> String? {
  random.below(3) == 0 ? linkRound(&random, worker) : commonRound(&random, worker)
}

private func commonRound(_ random: inout Random, _ worker: Int) -> String? {
  mkdir("shared", 0o777)
  for _ in 0..<10 {
    let slot = "shared/slot\(random.below(common))"
    var wrong: String?
    switch random.below(6) {
    case 0, 1: wrong = replace(slot, worker, &random)
    case 2, 3: wrong = verify(slot)
    case 4: wrong = private_(worker, &random)
    default: unlink(slot)
    }
    if let wrong { return wrong }
  }
  // Whoever leaves last takes the directory away; the others make it anew.
  for i in 0..<common { unlink("shared/slot\(i)") }
  rmdir("shared")
  return nil
}

/// A file: length, seed, then bytes that follow from the seed.
func contents(_ seed: Int, _ length: Int) -> [UInt8] {
  var random = Random(seed)
  var bytes = [UInt8](repeating: 0, count: length)
  withUnsafeBytes(of: (length, seed)) { head in for i in 0..<16 { bytes[i] = head[i] } }
  for i in 16..<length { bytes[i] = UInt8(truncatingIfNeeded: random.next()) }
  return bytes
}

private func replace(_ slot: String, _ worker: Int, _ random: inout Random) -> String? {
  let temporary = "shared/new.\(getpid())"
  let bytes = contents(Int(random.next() >> 2), 16 + random.below(20_000))
  let fd = x_open(temporary, O_CREAT | O_EXCL | O_WRONLY, 0o644)
  if fd < 0 { return errno_get() == ENOENT ? nil : "create: errno \(errno_get())" }
  let n = write(fd, bytes, bytes.count)
  close(fd)
  if n != bytes.count { return "wrote \(n) of \(bytes.count)" }
  if rename(temporary, slot) != 0 { return "rename: errno \(errno_get())" }
  return nil
}

private func verify(_ slot: String) -> String? {
  let fd = x_open(slot, O_RDONLY, 0)
  if fd < 0 { return errno_get() == ENOENT ? nil : "open: errno \(errno_get())" }
  defer { close(fd) }
  var bytes = [UInt8](repeating: 0, count: 32_768)
  let n = read(fd, &bytes, bytes.count)
  if n < 16 { return "a common file has \(n) bytes" }
  let (length, seed) = bytes.withUnsafeBytes { ($0.load(as: Int.self), $0.load(fromByteOffset: 8, as: Int.self)) }
  if length != n { return "a common file of \(length) bytes has \(n)" }
  let expected = contents(seed, length)
  for i in 0..<n where expected[i] != bytes[i] { return "byte \(i) of a common file is wrong" }
  return nil
}

/// A directory of our own: many names, counted, truncated, linked, and gone again.
private func private_(_ worker: Int, _ random: inout Random) -> String? {
  let directory = "own.\(getpid())"
  if mkdir(directory, 0o755) != 0 { return "mkdir: errno \(errno_get())" }
  let count = 1 + random.below(20)
  for i in 0..<count { close(x_open("\(directory)/f\(i)", O_CREAT | O_WRONLY, 0o644)) }
  if list_names(directory, nil, 0) != count { return "\(list_names(directory, nil, 0)) names, not \(count)" }
  let length = 1 + random.below(50_000)
  if truncate("\(directory)/f0", length) != 0 { return "truncate: errno \(errno_get())" }
  if link("\(directory)/f0", "\(directory)/g") != 0 { return "link: errno \(errno_get())" }
  var s = stat()
  if stat("\(directory)/g", &s) != 0 || s.st_size != length || s.st_nlink != 2 { return "the linked file differs" }
  if rename(directory, directory + "x") != 0 { return "rename of a directory: errno \(errno_get())" }
  if rmdir(directory + "x") == 0 || errno_get() != ENOTEMPTY { return "a full directory could be removed" }
  for i in 0..<count where unlink("\(directory)x/f\(i)") != 0 { return "unlink: errno \(errno_get())" }
  if unlink("\(directory)x/g") != 0 || rmdir(directory + "x") != 0 { return "cannot clean up: errno \(errno_get())" }
  return nil
}
