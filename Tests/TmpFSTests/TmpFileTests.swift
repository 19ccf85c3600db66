import Basics
import Files
import Memory
import Testing

@Suite struct TmpFileTests {
  let tree = Tree()
  var root: Caller { tree.caller }

  @Test func whatIsWrittenIsRead() throws {
    let file = try root.write("/f", "hello")
    #expect(try file.take() == "")
    _ = try file.moved(.set(1))
    #expect(try file.take() == "ello")
    #expect(try file.put("!!", at: 3) == 2)
    #expect(try root.read("/f") == "hel!!")
    #expect(file.inode.attributes.size == 5)
    let again = try root.open("/f", [.writeOnly, .append])
    _ = try again.put(" end")
    #expect(try root.read("/f") == "hel!! end")
    #expect(failure { () throws(Errno) in _ = try again.take() } == .EBADF)
    _ = try root.open("/f", [.writeOnly, .truncate])
    #expect(try root.read("/f") == "")
  }

  @Test func pagesAndHoles() throws {
    let file = try root.write("/f", "")
    _ = try file.put("tail", at: 1 << 40)
    #expect(file.inode.attributes.size == 1 << 40 + 4)
    #expect(file.inode.status().blocks == 8)
    #expect(try file.take(6, at: (1 << 40) - 2) == [0, 0] + bytes("tail"))
    _ = try file.put(String(repeating: "x", count: 10000), at: 4090)
    #expect(try file.take(10000, at: 4090) == [UInt8](repeating: 0x78, count: 10000))
    #expect(try file.moved(.data(0)) == 0)
    #expect(try file.moved(.hole(0)) == 16384)
    #expect(try file.moved(.data(20000)) == 1 << 40)
    #expect(failure { () throws(Errno) in _ = try file.moved(.data(1 << 41)) } == .ENXIO)
    try file.inode.allocate(AllocationRequest(operation: .punchHole, keepsSize: true, offset: 4096, length: 8192))
    #expect(try file.take(2, at: 4095) == [0x78, 0])
    #expect(try file.take(2, at: 12287) == [0, 0x78])
  }

  @Test func truncationLeavesZeros() throws {
    let file = try root.write("/f", String(repeating: "y", count: 5000))
    try file.inode.truncate(to: 10)
    #expect(file.inode.status().blocks == 8)
    try file.inode.truncate(to: 6000)
    #expect(try file.take(6000, at: 0) == [UInt8](repeating: 0x79, count: 10) + [UInt8](repeating: 0, count: 5990))
    try file.inode.truncate(to: 0)
    #expect(file.inode.status().blocks == 0)
  }

  @Test func limitsAndFramesAreKept() throws {
    let small = Tree(pageLimit: 4)
    let before = Frames.statistics.free
    do {
      let file = try small.caller.write("/f", "")
      #expect(try file.put(String(repeating: "z", count: 20000)) == 16384)
      #expect(failure { () throws(Errno) in _ = try file.put("z") } == .ENOSPC)
      #expect(file.inode.fileSystem.status().freeBlocks == 0)
      try small.caller.rm("/f")
      #expect(file.inode.fileSystem.status().freeBlocks == 0)
    }
    #expect(try small.caller.at("/").inode.fileSystem.status().freeBlocks == 4)
    _ = before
  }

  @Test func namesCountLinks() throws {
    let file = try root.write("/a", "1")
    try root.ln("/a", "/b")
    #expect(file.inode.attributes.links == 2)
    try root.rm("/a")
    #expect(file.inode.attributes.links == 1)
    #expect(try root.read("/b") == "1")
    try root.mkdir("/d")
    #expect(failure { () throws(Errno) in try root.ln("/d", "/e") } == .EPERM)
    #expect(failure { () throws(Errno) in try root.rm("/d") } == .EISDIR)
    #expect(failure { () throws(Errno) in try root.rmdir("/b") } == .ENOTDIR)
    #expect(try root.at("/").inode.attributes.links == 3)
  }

  @Test func listingIsStable() throws {
    try root.mkdir("/d")
    for index in 0..<300 { try root.write("/d/\(index)", "") }
    #expect(try root.ls("/d") == (0..<300).reversed().map { "\($0)" })
    // Entries vanish and come while a listing is under way: the rest is seen once each.
    let directory = try root.open("/d")
    var seen: [String] = []
    var offset: Int64 = 0
    while true {
      var some = false
      try directory.list(from: offset) { entry in
        some = true
        seen.append(text(entry.name))
        offset = entry.next
        return seen.count % 7 != 0
      }
      if !some { break }
      if seen.count == 49 {
        for index in 0..<100 { try root.rm("/d/\(index)") }
        for index in 300..<900 { try root.write("/d/\(index)", "") }
      }
    }
    #expect(seen == [".", ".."] + (100..<300).reversed().map { "\($0)" })
  }

  @Test func removedDirectoriesAreClosed() throws {
    try root.mkdir("/d")
    try root.changeDirectory(to: root.at("/d"))
    try root.rmdir("/d")
    #expect(failure { () throws(Errno) in try root.write("f", "") } == .ENOENT)
    #expect(failure { () throws(Errno) in _ = try root.context.workingPath() } == .ENOENT)
    #expect(try root.path(root.at("..")) == "/")
  }

  @Test func deepTreesGoWithoutRecursion() throws {
    for _ in 0..<5000 {
      try root.mkdir("d")
      try root.changeDirectory(to: root.at("d"))
    }
    for _ in 0..<5000 {
      let here = try root.at(".")
      try root.changeDirectory(to: root.at(".."))
      try root.rmdir("d")
      _ = here
    }
    #expect(try root.ls("/") == [])
    try root.mkdir("/m")
    try root.mount(source: [], on: bytes("/m"), type: bytes("tmpfs"), flags: 0, data: [])
    try root.changeDirectory(to: root.at("/m"))
    for _ in 0..<20000 {
      try root.mkdir("d")
      try root.changeDirectory(to: root.at("d"))
    }
    try root.changeDirectory(to: root.at("/"))
    try root.unmount(bytes("/m"), flags: 0)
  }
}
