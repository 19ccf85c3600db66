import Glibc
import Lab

/// A machine's memory as a file of the host's: it can be read while the machine runs and after its end, whatever
/// became of it.
struct GuestMemory {
  let descriptor: Int32

  init() throws { descriptor = try Files.anonymous() }

  /// Bytes of physical memory below 2 GiB, where the file's offset is the address.
  func read(_ address: UInt64, _ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress! + done, count - done, Int(address) + done) }
      if got <= 0 { break }
      done += got
    }
    return done == count ? bytes : Array(bytes[..<done])
  }

  /// The trace in it, once the kernel has begun one.
  var trace: GuestTrace? { GuestTrace { read($0, $1) } }
}

extension GuestMemory {
  func close() { Glibc.close(descriptor) }
}
