import Basics
import Files
import Testing

@Suite struct LookupTests {
  let tree = Tree()
  var root: Caller { tree.caller }

  @Test func pathsAreWalked() throws {
    try root.mkdir("/a")
    try root.mkdir("/a/b")
    try root.write("/a/b/f", "x")
    #expect(try root.path(root.at("/a/b/f")) == "/a/b/f")
    #expect(try root.path(root.at("//a///b/.././b/f")) == "/a/b/f")
    #expect(try root.path(root.at("/../..")) == "/")
    #expect(try root.path(root.at("a/b")) == "/a/b")
    try root.changeDirectory(to: root.at("/a"))
    #expect(try root.path(root.at("b/f")) == "/a/b/f")
    #expect(try root.path(root.at("..")) == "/")
    #expect(try text(root.context.workingPath()) == "/a")
  }

  @Test func wrongPathsAreErrors() throws {
    try root.write("/f", "")
    #expect(failure { () throws(Errno) in _ = try root.at("") } == .ENOENT)
    #expect(failure { () throws(Errno) in _ = try root.at("/none") } == .ENOENT)
    #expect(failure { () throws(Errno) in _ = try root.at("/f/g") } == .ENOTDIR)
    #expect(failure { () throws(Errno) in _ = try root.at("/f/") } == .ENOTDIR)
    #expect(failure { () throws(Errno) in _ = try root.at("/f/.") } == .ENOTDIR)
    #expect(failure { () throws(Errno) in _ = try root.at("/" + String(repeating: "n", count: 256)) } == .ENAMETOOLONG)
    #expect(failure { () throws(Errno) in _ = try root.at("/" + String(repeating: "n", count: 255)) } == .ENOENT)
    #expect(failure { () throws(Errno) in _ = try root.at("/f", [.directory]) } == .ENOTDIR)
  }

  @Test func linksAreFollowed() throws {
    try root.mkdir("/d")
    try root.write("/d/f", "here")
    try root.symlink("d", "/l")
    try root.symlink("/d/f", "/abs")
    try root.symlink("l/f", "/two")
    try root.symlink("nowhere", "/dangling")
    #expect(try root.path(root.at("/l/f")) == "/d/f")
    #expect(try root.read("/abs") == "here")
    #expect(try root.read("/two") == "here")
    #expect(try root.at("/l", []).inode.kind == .symbolicLink)
    #expect(try root.at("/l/", []).inode.kind == .directory)
    #expect(failure { () throws(Errno) in _ = try root.at("/dangling") } == .ENOENT)
    #expect(failure { () throws(Errno) in _ = try root.open("/l", .noFollow) } == .ELOOP)
    #expect(failure { () throws(Errno) in _ = try root.open("/abs", [.create, .exclusive]) } == .EEXIST)
    // Creating through a dangling link makes its target.
    try root.write("/dangling", "made")
    #expect(try root.read("/nowhere") == "made")
  }

  @Test func loopsEndAtForty() throws {
    try root.symlink("b", "/a")
    try root.symlink("a", "/b")
    #expect(failure { () throws(Errno) in _ = try root.at("/a") } == .ELOOP)
    try root.write("/t0", "end")
    for index in 1...41 { try root.symlink("t\(index - 1)", "/t\(index)") }
    #expect(try root.read("/t40") == "end")
    #expect(failure { () throws(Errno) in _ = try root.at("/t41") } == .ELOOP)
  }

  @Test func permissionsAreAsked() throws {
    try root.mkdir("/closed", 0o700)
    try root.write("/closed/f", "")
    try root.mkdir("/open", 0o755)
    try root.write("/open/secret", "")
    try root.changeMode(root.at("/open/secret"), to: 0o600)
    let user = tree.asUser(1000)
    #expect(failure { () throws(Errno) in _ = try user.at("/closed/f") } == .EACCES)
    #expect(failure { () throws(Errno) in _ = try user.open("/open/secret") } == .EACCES)
    #expect(failure { () throws(Errno) in try user.mkdir("/open/x") } == .EACCES)
    try root.changeMode(root.at("/open/secret"), to: 0o640)
    try root.changeOwner(root.at("/open/secret"), user: nil, group: 7)
    _ = try tree.asUser(1000, groups: [7]).open("/open/secret")
    // Even the superuser executes nothing that nobody may execute.
    #expect(failure { () throws(Errno) in _ = try root.openForExecution(bytes("/open/secret")) } == .EACCES)
  }

  @Test func stickyDirectoriesKeepOthersOut() throws {
    try root.mkdir("/tmp", 0o1777)
    try root.changeMode(root.at("/tmp"), to: 0o1777)
    let (one, two) = (tree.asUser(1), tree.asUser(2))
    try one.write("/tmp/mine", "1")
    #expect(failure { () throws(Errno) in try two.rm("/tmp/mine") } == .EPERM)
    #expect(failure { () throws(Errno) in try two.mv("/tmp/mine", "/tmp/yours") } == .EPERM)
    try one.rm("/tmp/mine")
  }

  @Test func openingKnowsKinds() throws {
    try root.mkdir("/d")
    #expect(failure { () throws(Errno) in _ = try root.open("/d", .writeOnly) } == .EISDIR)
    #expect(failure { () throws(Errno) in _ = try root.open("/d", .create) } == .EISDIR)
    #expect(failure { () throws(Errno) in _ = try root.open("/new/", .create) } == .EISDIR)
    #expect(failure { () throws(Errno) in _ = try root.open("/new") } == .ENOENT)
    try root.write("/f", "")
    #expect(failure { () throws(Errno) in _ = try root.open("/f", .directory) } == .ENOTDIR)
    try root.makeNode(bytes("/dev"), .characterDevice, mode: 0o666, device: DeviceNumber(major: 1, minor: 3))
    #expect(failure { () throws(Errno) in _ = try root.open("/dev") } == .ENXIO)
    let temporary = try root.open("/d", [.directory, .temporary, .readWrite])
    #expect(temporary.inode.attributes.links == 0)
    try root.link(temporary.location, to: bytes("/d/named"))
    #expect(temporary.inode.attributes.links == 1)
  }

  @Test func umaskApplies() throws {
    root.context.umask = 0o027
    try root.write("/f", "")
    try root.mkdir("/d", 0o777)
    #expect(try root.at("/f").inode.attributes.mode == 0o640)
    #expect(try root.at("/d").inode.attributes.mode == 0o750)
  }

  @Test func mountsAreCrossed() throws {
    try root.mkdir("/m")
    try root.write("/m/below", "")
    try root.mount(source: bytes("none"), on: bytes("/m"), type: bytes("tmpfs"), flags: 0, data: bytes("size=64k"))
    #expect(failure { () throws(Errno) in _ = try root.at("/m/below") } == .ENOENT)
    try root.mkdir("/m/d")
    try root.write("/m/d/f", "in")
    #expect(try root.path(root.at("/m/d/f")) == "/m/d/f")
    #expect(try root.path(root.at("/m/d/../..")) == "/")
    #expect(failure { () throws(Errno) in try root.mv("/m/d/f", "/f") } == .EXDEV)
    #expect(failure { () throws(Errno) in try root.rmdir("/m") } == .EBUSY)
    var file: OpenFile? = try root.open("/m/d/f")
    #expect(failure { () throws(Errno) in try root.unmount(bytes("/m"), flags: 0) } == .EBUSY)
    #expect(file != nil)
    file = nil
    try root.unmount(bytes("/m"), flags: 0)
    _ = try root.at("/m/below")
    #expect(failure { () throws(Errno) in try root.unmount(bytes("/m"), flags: 0) } == .EINVAL)
  }
}
