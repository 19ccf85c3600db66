import Basics
import Files
import Testing

@Suite struct RenameTests {
  let tree = Tree()
  var root: Caller { tree.caller }

  @Test func filesMove() throws {
    try root.mkdir("/a")
    try root.mkdir("/b")
    try root.write("/a/f", "1")
    try root.mv("/a/f", "/a/g")
    #expect(try root.ls("/a") == ["g"])
    try root.mv("/a/g", "/b/h")
    #expect(try root.ls("/a") == [] && root.ls("/b") == ["h"])
    #expect(try root.read("/b/h") == "1")
    try root.write("/b/old", "2")
    try root.mv("/b/h", "/b/old")
    #expect(try root.read("/b/old") == "1")
    #expect(failure { () throws(Errno) in try root.mv("/b/none", "/b/x") } == .ENOENT)
  }

  @Test func directoriesMoveWithWhatIsInThem() throws {
    try root.mkdir("/a")
    try root.mkdir("/a/d")
    try root.write("/a/d/f", "1")
    try root.mkdir("/b")
    let file = try root.open("/a/d/f")
    try root.mv("/a/d", "/b/e")
    #expect(root.path(file.location) == "/b/e/f")
    #expect(try root.path(root.at("/b/e/..")) == "/b")
    #expect(try root.at("/a").inode.attributes.links == 2)
    #expect(try root.at("/b").inode.attributes.links == 3)
  }

  @Test func aTreeStaysATree() throws {
    try root.mkdir("/a")
    try root.mkdir("/a/b")
    try root.mkdir("/a/b/c")
    #expect(failure { () throws(Errno) in try root.mv("/a", "/a/b/x") } == .EINVAL)
    #expect(failure { () throws(Errno) in try root.mv("/a", "/a/x") } == .EINVAL)
    #expect(failure { () throws(Errno) in try root.mv("/a/b/c", "/a") } == .ENOTEMPTY)
    #expect(failure { () throws(Errno) in try root.mv("/a/b/c", "/a/b", .exchange) } == .EINVAL)
    #expect(failure { () throws(Errno) in try root.mv("/", "/x") } == .EBUSY)
    #expect(failure { () throws(Errno) in try root.mv("/a/.", "/x") } == .EBUSY)
  }

  @Test func kindsMustFit() throws {
    try root.mkdir("/d")
    try root.mkdir("/empty")
    try root.mkdir("/full")
    try root.write("/full/f", "")
    try root.write("/f", "")
    #expect(failure { () throws(Errno) in try root.mv("/d", "/f") } == .ENOTDIR)
    #expect(failure { () throws(Errno) in try root.mv("/f", "/d") } == .EISDIR)
    #expect(failure { () throws(Errno) in try root.mv("/d", "/full") } == .ENOTEMPTY)
    #expect(failure { () throws(Errno) in try root.mv("/f", "/g/") } == .ENOTDIR)
    try root.mv("/d", "/empty")
    #expect(failure { () throws(Errno) in _ = try root.at("/d") } == .ENOENT)
    try root.mv("/empty/", "/moved/")
    #expect(try root.at("/").inode.attributes.links == 4)
  }

  @Test func flagsOfRenameat2() throws {
    try root.write("/a", "A")
    try root.write("/b", "B")
    #expect(failure { () throws(Errno) in try root.mv("/a", "/b", .noReplace) } == .EEXIST)
    try root.mv("/a", "/b", .exchange)
    #expect(try root.read("/a") == "B" && root.read("/b") == "A")
    #expect(failure { () throws(Errno) in try root.mv("/a", "/none", .exchange) } == .ENOENT)
    #expect(failure { () throws(Errno) in try root.mv("/a", "/b", [.exchange, .noReplace]) } == .EINVAL)
    try root.mkdir("/d")
    try root.mkdir("/e")
    try root.mkdir("/d/x")
    try root.mv("/d/x", "/b", .exchange)
    #expect(try root.at("/b").inode.kind == .directory)
    #expect(try root.read("/d/x") == "A")
    #expect(try root.at("/d").inode.attributes.links == 2)
    #expect(try root.at("/").inode.attributes.links == 5)
    #expect(try root.path(root.at("/b/..")) == "/")
  }

  @Test func linksToTheSameFileAreLeftAlone() throws {
    try root.write("/a", "1")
    try root.ln("/a", "/b")
    try root.mv("/a", "/b")
    #expect(try root.ls("/").sorted() == ["a", "b"])
  }

  @Test func openVictimsLiveOn() throws {
    try root.write("/new", "new")
    let old = try root.write("/old", "old")
    try root.mv("/new", "/old")
    #expect(try text(old.take(10, at: 0)) == "old")
    #expect(old.inode.attributes.links == 0)
    #expect(root.path(old.location) == "/old (deleted)")
  }
}
