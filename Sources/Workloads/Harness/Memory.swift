// Memory by mmap, and numbers that a seed decides.
import CLinux

public let pageSize = 4096

/// Anonymous memory, private or shared with children; ends the program when there is none.
public func pages(_ count: Int, shared: Bool = false) -> UnsafeMutableRawPointer {
  let flags = MAP_ANONYMOUS | (shared ? MAP_SHARED : MAP_PRIVATE)
  guard let p = x_mmap(nil, UInt(count * pageSize), PROT_READ | PROT_WRITE, flags, -1, 0) else {
    fail("mmap of \(count) pages: errno \(errno_get())")
  }
  return p
}

/// Words in memory shared with children, for atomic counting.
public func sharedWords(_ count: Int) -> UnsafeMutablePointer<Int> {
  pages((count * 8 + pageSize - 1) / pageSize, shared: true).assumingMemoryBound(to: Int.self)
}

/// Pseudo-random numbers (splitmix64): the same seed gives the same numbers everywhere.
public struct Random {
  var state: UInt64
  public init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  /// 0 ..< bound.
  public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// A number of `/proc/meminfo` in KiB ("MemFree:"), or -1.
public func memoryInformation(_ key: String) -> Int {
  let fd = x_open("/proc/meminfo", O_RDONLY, 0)
  if fd < 0 { return -1 }
  defer { close(fd) }
  var buffer = [UInt8](repeating: 0, count: 4096)
  let n = read(fd, &buffer, buffer.count)
  if n <= 0 { return -1 }
  let key = Array(key.utf8)
  var i = 0
  while i + key.count < n {
    if buffer[i..<i + key.count].elementsEqual(key) {
      var value = 0
      for byte in buffer[(i + key.count)..<n] {
        if byte == 10 { break }
        if byte >= 48 && byte <= 57 { value = value * 10 + Int(byte - 48) }
      }
      return value
    }
    i += 1
  }
  return -1
}
