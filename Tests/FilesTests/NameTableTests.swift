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
        #expect(table.set(name, hash: hash, dentry).isEmpty)
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

  @Test func manyNamesAreForgottenUnlessUsed() {
    let system = FileSystem(type: FileSystemType(name: "test"), device: .none)
    let inode = Inode(fileSystem: system, number: 1, kind: .directory, mode: 0o755, user: 0, group: 0)
    var table = NameTable()
    var used: [Int: Dentry] = [:]
    var forgotten = 0
    for number in 0..<10000 {
      let (name, hash) = node("name\(number)")
      let dentry = Dentry(root: inode)
      if number % 100 == 0 { used[number] = dentry }
      forgotten += table.set(name, hash: hash, dentry).count
    }
    #expect(table.count + forgotten == 10000 && forgotten > 8000)
    for (number, dentry) in used {
      let (name, hash) = node("name\(number)")
      #expect(table.find(name.span, hash: hash) === dentry)
    }
  }
}
