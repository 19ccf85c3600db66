// Links: several processes make, link, rename and remove names of the same files in two directories. When all is quiet each
// file has as many links as names, every name leads to whole contents, and what is open and has no name any more can still
// be read.
import CLinux
import Harness

private let names = 10

func linkRound(_ random: inout Random, _ worker: Int) -> String? {
  let root = "links.\(getpid())"
  if mkdir(root, 0o777) != 0 || mkdir(root + "/a", 0o777) != 0 || mkdir(root + "/b", 0o777) != 0 {
    return "mkdir: errno \(errno_get())"
  }
  let words = sharedWords(4)  // links made and names removed, by calls; files made
  defer { munmap(words, pageSize) }
  let (children, seed) = (2 + random.below(3), Int(random.next() >> 2))
  var pids: [Int32] = []
  var wrong: String?
  for i in 0..<children {
    let pid = child { fight(root, seed &+ i, i, words) }
    if pid < 0 { wrong = "fork: errno \(errno_get())" } else { pids.append(pid) }
  }
  for pid in pids {
    let end = outcome(reap(pid))
    if end != 0 { wrong = wrong ?? "a process that links ended with \(end)\(end > 0 && end < 10 ? ": " + reasons[end] : "")" }
  }
  return wrong ?? settle(root, words)
}

private let reasons = [
  "", "a call failed", "contents of a name", "contents of an open file without a name", "link count of an open file",
  "a file made anew has not one link", "a name that was taken was given",
]

/// All is quiet: counts names and links, reads every file by every name, and removes them.
private func settle(_ root: String, _ words: UnsafeMutablePointer<Int>) -> String? {
  var files: [(inode: UInt, links: Int, names: Int)] = []
  for directory in ["/a", "/b"] {
    for i in 0..<names {
      let path = "\(root)\(directory)/\(i)"
      var s = stat()
      if stat(path, &s) != 0 {
        if errno_get() != ENOENT { return "stat: errno \(errno_get())" }
        continue
      }
      let fd = x_open(path, O_RDONLY, 0)
      if fd < 0 || !isWhole(fd) { return "\(path) has not the contents of a file" }
      close(fd)
      if let known = files.firstIndex(where: { $0.inode == UInt(s.st_ino) }) {
        files[known].names += 1
        if files[known].links != Int(s.st_nlink) { return "a file has \(files[known].links) links and then \(s.st_nlink)" }
      } else {
        files.append((UInt(s.st_ino), Int(s.st_nlink), 1))
      }
    }
  }
  for file in files where file.links != file.names { return "a file has \(file.links) links and \(file.names) names" }
  let (linked, removed) = (atomic_load(words), atomic_load(words + 1))
  let left = files.reduce(0) { $0 + $1.names }
  // A rename that replaced a name took one away that nobody counted.
  if left > linked - removed { return "\(left) names are left of \(linked) made and \(removed) removed" }
  for directory in ["/a", "/b"] {
    for i in 0..<names { unlink("\(root)\(directory)/\(i)") }
    if rmdir(root + directory) != 0 { return "rmdir of an empty directory: errno \(errno_get())" }
  }
  return rmdir(root) == 0 ? nil : "rmdir: errno \(errno_get())"
}

/// One of the processes. Answers which of `reasons` went wrong, or 0.
private func fight(_ root: String, _ seed: Int, _ number: Int, _ words: UnsafeMutablePointer<Int>) -> Int32 {
  var random = Random(seed)
  var open: [Int32] = []
  for turn in 0..<40 {
    let (path, other) = (name(root, &random), name(root, &random))
    var answer = 0
    switch random.below(8) {
    case 0, 1: answer = make(root, path, number, turn, &random, words)
    case 2, 3:
      answer = result(link(path, other))
      if answer == 0 { _ = atomic_add(words, 1) }
    case 4: answer = result(rename(path, other))
    case 5:
      answer = result(unlink(path))
      if answer == 0 { _ = atomic_add(words + 1, 1) }
    default:
      let fd = x_open(path, O_RDONLY, 0)
      answer = fd < 0 ? -Int(errno_get()) : 0
      if fd >= 0 {
        if !isWhole(fd) { return 2 }
        open.append(fd)
      }
    }
    if answer > 0 { return Int32(answer) }
    if answer < 0 && answer != -Int(ENOENT) && answer != -Int(EEXIST) { return 1 }
    if open.count < 6 { continue }
    for fd in open { if let wrong = check(fd) { return wrong } }
    open = []
  }
  for fd in open { if let wrong = check(fd) { return wrong } }
  return 0
}

private func name(_ root: String, _ random: inout Random) -> String {
  "\(root)/\(random.below(2) == 0 ? "a" : "b")/\(random.below(names))"
}

/// A file under a name of its own, then under `path`, if that is free; then under that alone.
private func make(
  _ root: String, _ path: String, _ number: Int, _ turn: Int, _ random: inout Random, _ words: UnsafeMutablePointer<Int>
) -> Int {
  let temporary = "\(root)/new.\(number).\(turn)"
  let bytes = contents(Int(random.next() >> 2), 16 + random.below(12_000))
  let fd = x_open(temporary, O_CREAT | O_EXCL | O_WRONLY, 0o644)
  if fd < 0 || write(fd, bytes, bytes.count) != bytes.count { return 1 }
  var s = stat()
  if fstat(fd, &s) != 0 || s.st_nlink != 1 { return 5 }
  let answer = result(link(temporary, path))
  if answer == 0 { _ = atomic_add(words, 1) }
  // Linked or not, this name goes; and whoever has taken the other one meanwhile keeps it.
  if unlink(temporary) != 0 { return 1 }
  close(fd)
  return answer
}

/// An open file, whose names others may have removed: it is whole, and its links are no nonsense.
private func check(_ fd: Int32) -> Int32? {
  defer { close(fd) }
  var s = stat()
  if fstat(fd, &s) != 0 { return 1 }
  if Int(s.st_nlink) > 2 * names + 1 { return 4 }
  return isWhole(fd) ? nil : 3
}

/// Whether the file has the contents that its beginning tells.
private func isWhole(_ fd: Int32) -> Bool {
  var bytes = [UInt8](repeating: 0, count: 16_384)
  let n = pread(fd, &bytes, bytes.count, 0)
  if n < 16 { return false }
  let (length, seed) = bytes.withUnsafeBytes { ($0.load(as: Int.self), $0.load(fromByteOffset: 8, as: Int.self)) }
  if length != n { return false }
  let expected = contents(seed, length)
  for i in 0..<n where expected[i] != bytes[i] { return false }
  return true
}
