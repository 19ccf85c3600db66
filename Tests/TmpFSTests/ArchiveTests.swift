import Basics
import Files
import Testing

@testable import TmpFS

@Suite struct ArchiveTests {
  let tree = Tree()
  var root: Caller { tree.caller }

  /// A newc member.
  func member(
    _ name: String, mode: UInt32, _ data: String = "", inode: UInt32 = 0, links: UInt32 = 1, device: (UInt32, UInt32) = (0, 0)
  ) -> [UInt8] {
    func hex(_ value: UInt32) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }
    var header = "070701"
    for value in [
      inode, mode, 0, 0, links, 1000, UInt32(data.utf8.count), 0, 0, device.0, device.1, UInt32(name.utf8.count + 1), 0,
    ] { header += hex(value) }
    var out = bytes(header + name) + [0]
    while out.count % 4 != 0 { out.append(0) }
    out += bytes(data)
    while out.count % 4 != 0 { out.append(0) }
    return out
  }

  var trailer: [UInt8] { member("TRAILER!!!", mode: 0) }

  func unpack(_ archive: [UInt8]) -> Errno? {
    var unpacker = ArchiveUnpacker(ArrayArchive(archive), into: tree.namespace)
    do throws(Errno) { try unpacker.unpack() } catch { return error }
    return nil
  }

  @Test func membersOfAllKinds() throws {
    var archive = member(".", mode: 0o040755) + member("bin", mode: 0o040750)
    archive += member("bin/sh", mode: 0o100755, "#!", inode: 7, links: 2) + member("bin/ash", mode: 0o100755, "", inode: 7, links: 2)
    archive += member("link", mode: 0o120777, "bin/sh") + member("null", mode: 0o020666, device: (1, 3))
    archive += member("fifo", mode: 0o010644) + member("deep/er/file", mode: 0o100600, "data") + trailer
    archive += [UInt8](repeating: 0, count: 512)
    archive += member("./.apus/command", mode: 0o100644, "ls") + member("link", mode: 0o100644, "replaced") + trailer
    #expect(unpack(archive) == nil)
    #expect(try root.read("/bin/ash") == "#!")
    #expect(try root.at("/bin/sh").inode.attributes.links == 2)
    #expect(try root.at("/bin").inode.attributes.mode == 0o750)
    #expect(try root.at("/bin").inode.attributes.modified == 1_000_000_000_000)
    #expect(try root.at("/null").inode.device == DeviceNumber(major: 1, minor: 3))
    #expect(try root.at("/fifo").inode.kind == .fifo)
    #expect(try root.read("/deep/er/file") == "data")
    #expect(try root.read("/.apus/command") == "ls")
    #expect(try root.read("/link") == "replaced")
    #expect(try root.read("/bin/sh") == "#!")
  }

  @Test func brokenArchivesAreRefused() {
    #expect(unpack(bytes("not a cpio archive at all, although it is long enough to be a header of one: 0123456789012345678901234567890")) == .EINVAL)
    let whole = member("file", mode: 0o100644, String(repeating: "d", count: 100))
    for cut in stride(from: 1, to: whole.count, by: 3) {
      #expect(unpack(Array(whole[..<cut])) == .EINVAL)
    }
    #expect(unpack(member("../up", mode: 0o100644)) == .EINVAL)
    var huge = whole
    for index in 54..<62 { huge[index] = 0x66 }  // the size: ffffffff
    #expect(unpack(huge) == .EINVAL)
    #expect(unpack([]) == nil)
  }
}
