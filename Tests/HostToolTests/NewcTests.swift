import Glibc
import Testing

@testable import apus

/// An archive's bytes, written by `body`.
private func archive(_ body: (inout NewcWriter) throws -> Void) throws -> [UInt8] {
  let file = try Files.anonymous()
  defer { close(file) }
  var writer = NewcWriter(file)
  try body(&writer)
  try writer.finish()
  lseek(file, 0, SEEK_SET)
  return try Files.read(file, name: "archive")
}

private func check(_ bytes: [UInt8]) -> NewcCheck.Finding { bytes.withUnsafeBytes { NewcCheck.check($0) } }

@Suite struct NewcTests {
  @Test func whatIsWrittenIsSound() throws {
    let bytes = try archive {
      try $0.directory("etc")
      try $0.file("etc/name", Array("apus\n".utf8))
      try $0.link("sh", to: "/bin/busybox")
    }
    #expect(bytes.count % 4 == 0)
    #expect(check(bytes) == .sound)
  }

  @Test func cpioReadsIt() throws {
    let bytes = try archive { try $0.file("a/b", Array("x".utf8)) }
    let result = try Subprocess.run(["cpio", "-it", "--quiet"], input: bytes)
    #expect(result.text == "a/b\n")
  }

  @Test func archivesMayFollowOneAnother() throws {
    let one = try archive { try $0.file("a", [1, 2, 3]) }
    #expect(check(one + one) == .sound)
    #expect(check(one + [0, 0, 0, 0, 0, 0, 0, 0] + one) == .sound)
    #expect(check(one + [0x1f, 0x8b]) == .followedBy(offset: one.count))
  }

  @Test func damageIsFound() throws {
    let good = try archive { try $0.file("a", [UInt8](repeating: 7, count: 1000)) }
    for count in stride(from: 4, to: good.count - 1, by: 13) {
      #expect(check(Array(good[..<count])) != .sound, "cut to \(count) bytes")
    }
    var bad = good
    bad[60] = UInt8(ascii: "x")
    #expect(check(bad) != .sound)
    #expect(check([]) == .broken("it is empty"))
  }

  @Test func theIndexFollowsLinks() throws {
    let file = try Files.anonymous()
    var writer = NewcWriter(file)
    try writer.directory("usr")
    try writer.directory("usr/bin")
    try writer.link("bin", to: "usr/bin")
    try writer.link("loop", to: "/loop")
    try writer.file("usr/bin/ls", [])
    try writer.link("usr/bin/dir", to: "../../bin/ls")
    try writer.finish()
    try withTemporaryFile { path, descriptor in
      try copyFile(from: file, to: descriptor)
      let index = RootIndex(try RootImage.open(path))
      #expect(index.holds("/usr/bin/ls"))
      #expect(index.holds("/bin/ls"))
      #expect(index.holds("/bin/../bin/./dir"))
      #expect(!index.holds("/bin/cat"))
      #expect(!index.holds("/loop/x"))
    }
  }

  @Test func aDirectoryKeepsItsHardLinks() throws {
    let file = try Files.anonymous()
    let script = "D=$(mktemp -d); cd $D; echo data >one; ln one two; ln -s one three; chmod 640 one; echo $D"
    let folder = try Subprocess.run(["sh", "-c", script]).text.split(separator: "\n").map(String.init)[0]
    defer { _ = try? Subprocess.run(["rm", "-r", folder]) }
    try DirectoryRoot.write(folder, to: file)
    lseek(file, 0, SEEK_SET)
    let listing = try Subprocess.run(["cpio", "-itv", "--quiet"], input: try Files.read(file, name: "root")).text
    #expect(listing.split(separator: "\n").count == 3)
    #expect(listing.contains("-rw-r-----   2 root"))
    #expect(listing.contains("three -> one"))
  }
}
