/// Walks the headers of newc archives, so that a broken root is refused here in words and not by the guest.
struct NewcCheck {
  /// What was found out about a sequence of archives.
  enum Finding: Equatable {
    /// Well-formed to the end.
    case sound
    /// Well-formed archives, then something else (perhaps a compressed one) at this offset.
    case followedBy(offset: Int)
    case broken(String)
  }

  static func check(_ bytes: UnsafeRawBufferPointer) -> Finding {
    var offset = 0
    var archives = 0
    while true {
      while offset < bytes.count && bytes[offset] == 0 { offset += 1 }
      if offset == bytes.count {
        return archives > 0 ? .sound : .broken("it is empty")
      }
      guard isHeader(bytes, offset) else {
        return archives > 0 ? .followedBy(offset: offset) : .broken("it is not a cpio archive in newc format")
      }
      // One archive, to its trailer.
      while true {
        guard offset + Newc.headerSize <= bytes.count else { return .broken("it is cut off: its trailer is missing") }
        guard isHeader(bytes, offset) else { return .broken("there is no cpio header at byte \(offset)") }
        guard let size = field(bytes, offset, 6), let nameSize = field(bytes, offset, 11), nameSize > 0 else {
          return .broken("the cpio header at byte \(offset) holds no numbers")
        }
        let data = align(offset + Newc.headerSize + nameSize)
        let end = data + size
        guard end <= bytes.count else { return .broken("it is cut off in the entry at byte \(offset)") }
        let isTrailer = nameSize == Newc.trailer.utf8.count + 1
          && bytes[(offset + Newc.headerSize)...].starts(with: Newc.trailer.utf8)
        offset = min(align(end), bytes.count)
        if isTrailer { break }
        if offset == bytes.count { return .broken("it is cut off: its trailer is missing") }
      }
      archives += 1
    }
  }

  private static func align(_ offset: Int) -> Int { offset + Newc.padding(offset) }

  private static func isHeader(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Bool {
    guard offset + Newc.headerSize <= bytes.count else { return false }
    let magic = bytes[offset..<offset + 6]
    return magic.elementsEqual("070701".utf8) || magic.elementsEqual("070702".utf8)
  }

  /// The header's field number `index` (see Newc.header), nil when it is not hexadecimal.
  private static func field(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ index: Int) -> Int? {
    let start = offset + 6 + index * 8
    return Int(String(decoding: bytes[start..<start + 8], as: UTF8.self), radix: 16)
  }
}
