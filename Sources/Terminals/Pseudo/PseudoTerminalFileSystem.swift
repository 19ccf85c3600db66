import Basics
import Files
import Machine

/// The file system `devpts`, mounted on `/dev/pts`.
final class PseudoTerminalFileSystem: FileSystem, @unchecked Sendable {
  init(type: FileSystemType, device: DeviceNumber) { super.init(type: type, device: device, blockSize: 1024) }

  override func status() -> FileSystemStatus { FileSystemStatus(magic: 0x1cd1, blockSize: 4096) }
  override func options() -> [UInt8] { (",gid=5,mode=620,ptmxmode=000" as StaticString).bytes }
}

/// The node of a slave. Belongs to who opened the master, group `tty` (5), mode 0620, as Debian mounts it.
final class PseudoTerminalInode: Inode, @unchecked Sendable {
  init(_ fileSystem: FileSystem, index: Int, owner: Credentials) {
    super.init(
      fileSystem: fileSystem, number: UInt64(index) + 3, kind: .characterDevice, mode: 0o620,
      user: owner.user.fileSystem, group: 5,
      device: DeviceNumber(major: PseudoTerminals.major, minor: UInt32(index)))
  }
}

/// `/dev/pts`: its names are the numbers of the pseudo-terminals that have a master, and `ptmx`.
final class PseudoTerminalDirectory: Inode, @unchecked Sendable {
  private let table: PseudoTerminalTable
  private let ptmx: Inode

  init(_ fileSystem: FileSystem, _ table: PseudoTerminalTable) {
    self.table = table
    ptmx = Inode(
      fileSystem: fileSystem, number: 2, kind: .characterDevice, mode: 0, user: 0, group: 0,
      device: DeviceNumber(major: 5, minor: 2))
    super.init(fileSystem: fileSystem, number: 1, kind: .directory, mode: 0o755, user: 0, group: 0, links: 2)
  }

  override var remembersNames: Bool { false }

  override func open(_ request: OpenRequest) throws(Errno) -> OpenFile { DirectoryFile(request, inode: self) }

  override func lookup(_ name: Span<UInt8>) throws(Errno) -> Inode? {
    if equal(name, "ptmx") { return ptmx }
    guard let index = decimal(name) else { return nil }
    return table.terminal(index)?.inode
  }

  override func iterate(from offset: Int64, _ body: (DirectoryEntry) -> Bool) throws(Errno) {
    var offset = max(offset, 2)
    if offset == 2 {
      guard body(DirectoryEntry(name: ("ptmx" as StaticString).bytes, number: 2, kind: .characterDevice, next: 3)) else {
        return
      }
      offset = 3
    }
    while let terminal = table.next(from: Int(offset - 3)) {
      offset = Int64(terminal.index) + 4
      let entry = DirectoryEntry(
        name: digits(terminal.index), number: terminal.inode.number, kind: .characterDevice, next: offset)
      guard body(entry) else { return }
    }
  }
}

/// The number that `text` writes in decimal without leading zeros; nil when it does not.
private func decimal(_ text: Span<UInt8>) -> Int? {
  guard text.count > 0, text.count <= 5, text.count == 1 || text[0] != 0x30 else { return nil }
  var value = 0
  for index in text.indices {
    guard text[index] >= 0x30, text[index] <= 0x39 else { return nil }
    value = value * 10 + Int(text[index] - 0x30)
  }
  return value
}

private func digits(_ value: Int) -> [UInt8] {
  var result: [UInt8] = []
  var rest = value
  repeat {
    result.append(UInt8(rest % 10) + 0x30)
    rest /= 10
  } while rest > 0
  return result.reversed()
}
