import Basics
import Memory

extension ArgumentList {
  /// Reads the null-terminated array of string pointers at `address` (`argv`, `envp`); a null pointer is an empty one.
  /// E2BIG, EFAULT.
  init(user address: UInt64, limit: Int) throws(Errno) {
    self.init()
    guard address != 0 else { return }
    var position = address
    while true {
      let string = try UserMemory.read(position, as: UInt64.self)
      if string == 0 { return }
      let bytes: [UInt8]
      do { bytes = try UserMemory.string(string, maximum: ArgumentList.longestString) } catch {
        throw error == .ENAMETOOLONG ? .E2BIG : error
      }
      // A list that is full doubles.
      try Memory.admit(2 * (self.bytes.count + bytes.count))
      try append(bytes, limit: limit)
      position &+= 8
    }
  }
}
