import Testing

@testable import Files

@Suite struct NameTableTests {
  func node(_ name: String) -> (name: [UInt8], hash: UInt32) {
    let name = Array(name.utf8)
    return (name, NameHash(name.span).value)
  }

  @Test func namesComeAndGo() {
    let system = FileSystem(type: FileSystemType(name: "test"), device: .none)
    let inode = Inode(fileSystem: system, number: 1, kind: .directory, mode: 0o755, user: 0, group: 0)
    var table = NameTable()
    var present: [Int: Dentry] = [:]
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20000 {
      let number = Int.random(in: 0..<300, using: &generator)
      let (name, hash) = node("name\(number)")
      if let old = present[number] {
        #expect(table.find(name.span, hash: hash) === old)
        table.remove(name.span, hash: hash, old)
        present[number] = nil
      } else {
        #expect(table.find(name.span, hash: hash) == nil)
        let dentry = Dentry(root: inode)
        table.set(name, hash: hash, dentry)
        present[number] = dentry
      }
      #expect(table.count == present.count)
    }
    for (number, dentry) in present {
      let (name, hash) = node("name\(number)")
      #expect(table.find(name.span, hash: hash) === dentry)
    }
    #expect(table.takeAll().count == present.count)
  }
}
