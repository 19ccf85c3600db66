import Machine
import Basics
import Files

/// A directory of the fixed part of `/proc` or `/sys`: filled while it is made, never changed afterwards.
open class PseudoDirectory: Inode, @unchecked Sendable {
  struct Child {
    var name: [UInt8]
    var inode: Inode
  }
  private(set) final var children: [Child] = []

  public init(_ fileSystem: FileSystem, number: UInt64? = nil) {
    super.init(
      fileSystem: fileSystem, number: number ?? fileSystem.nextNumber(), kind: .directory, mode: 0o555, user: 0,
      group: 0, links: 2)
  }

  /// Adds an entry; only before the file system is in use.
  public final func add(_ name: [UInt8], _ inode: Inode) { children.append(Child(name: name, inode: inode)) }

  /// Adds a file whose text `read` makes; `write`, when given, takes what is written to it.
  public final func addFile(
    _ name: StaticString, mode: UInt32 = 0o444, write: (([UInt8]) throws(Errno) -> Void)? = nil,
    read: @escaping (inout Text) throws(Errno) -> Void
  ) {
    add(name.bytes, PseudoFile(fileSystem, mode: mode, read: read, write: write))
  }

  /// Adds a file with a text that never changes; a newline is appended.
  public final func addConstant(_ name: StaticString, _ text: StaticString) {
    addFile(name) { (output) throws(Errno) in
      output.add(text)
      output.newLine()
    }
  }

  public final func addDirectory(_ name: StaticString) -> PseudoDirectory {
    let directory = PseudoDirectory(fileSystem)
    add(name.bytes, directory)
    return directory
  }

  public final func addLink(_ name: StaticString, to target: @escaping () -> [UInt8]) {
    add(name.bytes, PseudoLink(fileSystem, target))
  }

  final func child(_ name: Span<UInt8>) -> Inode? {
    for child in children where equals(child.name, name) { return child.inode }
    return nil
  }

  private final func equals(_ name: [UInt8], _ other: Span<UInt8>) -> Bool {
    guard name.count == other.count else { return false }
    for index in name.indices where name[index] != other[index] { return false }
    return true
  }

  open override func lookup(_ name: Span<UInt8>) throws(Errno) -> Inode? { child(name) }

  open override func iterate(from offset: Int64, _ body: (DirectoryEntry) -> Bool) throws(Errno) {
    _ = iterateChildren(from: offset, body)
  }

  /// Entry n continues at offset n + 3. Answers false when `body` had enough.
  final func iterateChildren(from offset: Int64, _ body: (DirectoryEntry) -> Bool) -> Bool {
    for index in children.indices where offset <= Int64(index) &+ 2 {
      let child = children[index]
      let entry = DirectoryEntry(
        name: child.name, number: child.inode.number, kind: child.inode.kind, next: Int64(index) &+ 3)
      if !body(entry) { return false }
    }
    return true
  }

  open override func open(_ request: OpenRequest) throws(Errno) -> OpenFile { DirectoryFile(request, inode: self) }
}

/// A file of the fixed part.
final class PseudoFile: TextInode, @unchecked Sendable {
  private let read: (inout Text) throws(Errno) -> Void
  private let write: (([UInt8]) throws(Errno) -> Void)?

  init(
    _ fileSystem: FileSystem, mode: UInt32, read: @escaping (inout Text) throws(Errno) -> Void,
    write: (([UInt8]) throws(Errno) -> Void)?
  ) {
    self.read = read
    self.write = write
    super.init(
      fileSystem: fileSystem, number: fileSystem.nextNumber(), kind: .regular, mode: mode, user: 0, group: 0)
  }

  override func text() throws(Errno) -> [UInt8] {
    var output = Text()
    try read(&output)
    return output.bytes
  }

  override func replace(with bytes: [UInt8]) throws(Errno) {
    guard let write else { throw .EINVAL }
    try write(bytes)
  }
}

/// A symbolic link whose text is made when it is read.
final class PseudoLink: Inode, @unchecked Sendable {
  private let target: () -> [UInt8]

  init(_ fileSystem: FileSystem, _ target: @escaping () -> [UInt8]) {
    self.target = target
    super.init(
      fileSystem: fileSystem, number: fileSystem.nextNumber(), kind: .symbolicLink, mode: 0o777, user: 0, group: 0)
  }

  override func readLink() throws(Errno) -> [UInt8] { target() }
}
