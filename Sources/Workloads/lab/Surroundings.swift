// Where the workers work, and what the system says of itself.
import CLinux
import Harness

private var directory: String { "/tmp/lab.\(getpid())" }

/// A new directory becomes the working directory.
func enterOwnDirectory() {
  mkdir("/tmp", 0o1777)
  if mkdir(directory, 0o755) != 0 || chdir(directory) != 0 { fail("\(directory): errno \(errno_get())") }
}

func leaveOwnDirectory() {
  chdir("/")
  _ = remove_tree(directory)
}

/// Sets the statistics of locks to zero, where there are any.
func forgetLockStatistics() {
  let file = x_open("/proc/lock_stat", O_WRONLY, 0)
  if file < 0 { return }
  _ = write(file, "0\n", 2)
  close(file)
}

/// The system's files as they are: a line `begin WHEN NAME`, the text, a line `end`.
func showStatistics(_ when: String) {
  for name in ["/proc/stat", "/proc/lock_stat"] {
    let file = x_open(name, O_RDONLY, 0)
    if file < 0 { continue }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = read(file, &buffer, buffer.count)
      if count <= 0 { break }
      text.append(contentsOf: buffer[0..<count])
    }
    close(file)
    say("begin \(when) \(name)\n\(String(decoding: text, as: UTF8.self))end\n")
  }
}

/// Takes all CPUs but the first `count` off, so that a machine of several is one of `count` (needs root).
func keepProcessors(_ count: Int) {
  var number = count
  while true {
    let file = x_open("/sys/devices/system/cpu/cpu\(number)/online", O_WRONLY, 0)
    if file < 0 { break }
    let written = write(file, "0", 1)
    if written != 1 { fail("lab: CPU \(number) stays: errno \(errno_get())") }
    close(file)
    number += 1
  }
}
