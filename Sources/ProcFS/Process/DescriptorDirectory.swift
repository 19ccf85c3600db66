import Basics
import Files

/// `/proc/PID/fd`: a link for each descriptor; and `/proc/PID/fdinfo`: a file for each.
final class DescriptorDirectory: Inode, @unchecked Sendable {
  private let node: ProcessNode
  private let entry: ProcessEntry

  init(_ fileSystem: FileSystem, _ node: ProcessNode, _ entry: ProcessEntry, _ information: ProcessInformation) {
    self.node = node
    self.entry = entry
    super.init(
      fileSystem: fileSystem, number: ProcessNode.number(node.process, node.thread, entry.rawValue), kind: .directory,
      mode: entry.mode, user: information.users.1, group: information.groups.1, links: 2)
  }

  override var remembersNames: Bool { false }

  private func table() throws(Errno) -> FileTable {
    guard node.processes.mayInspect(node.process) else { throw .EACCES }
    guard let table = node.processes.files(of: node.process) else { throw .ENOENT }
    return table
  }

  override func lookup(_ name: Span<UInt8>) throws(Errno) -> Inode? {
    guard let descriptor = decimalName(name) else { return nil }
    let table = try table()
    guard let file = try? table.file(descriptor) else { return nil }
    return entry == .fd
      ? DescriptorLink(fileSystem, node, descriptor, file, attributes)
      : DescriptorInformation(fileSystem, node, descriptor, attributes)
  }

  override func iterate(from offset: Int64, _ body: (DirectoryEntry) -> Bool) throws(Errno) {
    let table = try table()
    var next = Int32(clamping: max(offset - 2, 0))
    while let descriptor = table.next(from: next), descriptor >= next, descriptor < .max {
      var name = Text()
      name.add(descriptor)
      let listed = DirectoryEntry(
        name: name.bytes, number: ProcessNode.number(node.process, descriptor: descriptor),
        kind: entry == .fd ? .symbolicLink : .regular, next: Int64(descriptor) + 3)
      if !body(listed) { return }
      next = descriptor + 1
    }
  }

  override func open(_ request: OpenRequest) throws(Errno) -> OpenFile {
    _ = try table()
    return DirectoryFile(request, inode: self)
  }
}

/// `/proc/PID/fd/N`: opening it opens the same file anew; its mode shows the descriptor's access.
final class DescriptorLink: Inode, @unchecked Sendable {
  private let node: ProcessNode
  private let descriptor: Int32

  init(
    _ fileSystem: FileSystem, _ node: ProcessNode, _ descriptor: Int32, _ file: OpenFile, _ owner: borrowing InodeAttributes
  ) {
    self.node = node
    self.descriptor = descriptor
    let mode: UInt32 = (file.flags.isReadable ? 0o500 : 0o100) | (file.flags.isWritable ? 0o300 : 0o100)
    super.init(
      fileSystem: fileSystem, number: ProcessNode.number(node.process, descriptor: descriptor), kind: .symbolicLink,
      mode: mode, user: owner.user, group: owner.group)
  }

  override func magicLink() throws(Errno) -> Location? {
    guard node.processes.mayInspect(node.process) else { throw .EACCES }
    guard let table = node.processes.files(of: node.process), let file = try? table.file(descriptor) else {
      throw .ENOENT
    }
    return file.location
  }

  override func readLink() throws(Errno) -> [UInt8] {
    guard let place = try magicLink() else { throw .ENOENT }
    return try visiblePath(place, node.processes)
  }
}

/// `/proc/PID/fdinfo/N`.
final class DescriptorInformation: TextInode, @unchecked Sendable {
  private let node: ProcessNode
  private let descriptor: Int32

  init(_ fileSystem: FileSystem, _ node: ProcessNode, _ descriptor: Int32, _ owner: borrowing InodeAttributes) {
    self.node = node
    self.descriptor = descriptor
    super.init(
      fileSystem: fileSystem, number: ProcessNode.number(node.process, descriptor: descriptor) | 1 << 60,
      kind: .regular, mode: 0o444, user: owner.user, group: owner.group)
  }

  override func text() throws(Errno) -> [UInt8] {
    guard let table = node.processes.files(of: node.process), let file = try? table.file(descriptor) else {
      throw .ENOENT
    }
    var text = Text()
    let position = !file.isSeekable ? 0 : try file.position.with { (offset) throws(Errno) -> Int64 in offset }
    text.add("pos:\t")
    text.add(Int(position))
    text.add("\nflags:\t0")
    let closes = (try? table.isCloseOnExec(descriptor)) == true
    text.add(UInt64(file.flags.rawValue | (closes ? OpenFlags.closeOnExec.rawValue : 0)), radix: 8)
    text.add("\nmnt_id:\t")
    text.add(file.location.mount.number)
    text.add("\nino:\t")
    text.add(file.inode.number)
    text.newLine()
    return text.bytes
  }
}
