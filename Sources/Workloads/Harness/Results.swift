// Results of C functions in the kernel's own convention: -errno instead of -1 and a variable.
import CLinux

/// The result, or -errno. Use: `result(mkdir("d", 0o755)) == -EEXIST`.
public func result(_ value: Int32) -> Int { value == -1 ? -Int(errno_get()) : Int(value) }
/// The result, or -errno.
public func result(_ value: Int) -> Int { value == -1 ? -Int(errno_get()) : value }

/// A system call with nothing around it: the result, or -errno.
@inline(__always)
public func call(
  _ number: Int32, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, _ d: Int = 0, _ e: Int = 0, _ f: Int = 0
) -> Int { raw_call(Int(number), a, b, c, d, e, f) }

/// Monotonic time in nanoseconds.
public func now() -> Int {
  var t = timespec()
  clock_gettime(CLOCK_MONOTONIC, &t)
  return t.tv_sec * 1_000_000_000 + t.tv_nsec
}

/// Sleeps (through signals, until the time is over).
public func pause(milliseconds: Int) {
  let end = now() + milliseconds * 1_000_000
  while true {
    let left = end - now()
    if left <= 0 { return }
    var t = timespec(tv_sec: left / 1_000_000_000, tv_nsec: left % 1_000_000_000)
    nanosleep(&t, nil)
  }
}
