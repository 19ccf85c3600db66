import Glibc

/// The names in a root archive, to tell a guest's program from a host's of the same path.
struct RootIndex {
  /// A symbolic link's target, or an empty string for anything else.
  private var names: [String: String] = [:]

  init(_ image: RootImage) {
    guard let memory = mmap(nil, image.size, PROT_READ, MAP_PRIVATE, image.descriptor, 0), memory != MAP_FAILED else { return }
    defer { munmap(memory, image.size) }
    let bytes = UnsafeRawBufferPointer(start: memory, count: image.size)
    func field(_ offset: Int, _ index: Int) -> Int {
      let start = offset + 6 + index * 8
      return Int(String(decoding: bytes[start..<start + 8], as: UTF8.self), radix: 16) ?? 0
    }
    var offset = 0
    while offset + Newc.headerSize <= bytes.count {
      if bytes[offset] == 0 {
        offset += 1
        continue
      }
      let nameSize = field(offset, 11)
      let size = field(offset, 6)
      let start = offset + Newc.headerSize
      var name = Substring(String(decoding: bytes[start..<start + nameSize - 1], as: UTF8.self))
      while name.hasPrefix("./") || name.hasPrefix("/") { name = name.drop { $0 == "." || $0 == "/" } }
      let data = start + nameSize + Newc.padding(start + nameSize - offset)
      let isLink = field(offset, 1) & 0o170000 == 0o120000
      names[String(name)] = isLink ? String(decoding: bytes[data..<data + size], as: UTF8.self) : ""
      offset = data + size + Newc.padding(size)
    }
  }

  /// Whether an absolute path leads to something in this root, through its symbolic links.
  func holds(_ path: String) -> Bool {
    var rest = path.split(separator: "/").map(String.init)
    var walked: [String] = []
    var hops = 0
    while !rest.isEmpty {
      let part = rest.removeFirst()
      if part == "." { continue }
      if part == ".." {
        _ = walked.popLast()
        continue
      }
      guard let target = names[(walked + [part]).joined(separator: "/")] else { return false }
      if target.isEmpty {
        walked.append(part)
      } else {
        hops += 1
        if hops > 40 { return false }
        if target.hasPrefix("/") { walked = [] }
        rest = target.split(separator: "/").map(String.init) + rest
      }
    }
    return true
  }
}
