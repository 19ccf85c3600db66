import Machine
import Basics
import Files

/// `/proc/PID`, or `/proc/PID/task/TID`: belongs to the process's effective user and group.
final class ProcessDirectoryInode: Inode, @unchecked Sendable {
  private let node: ProcessNode

  init(
    _ fileSystem: FileSystem, _ processes: any ProcessDirectory, _ information: ProcessInformation, thread: Int32?
  ) {
    node = ProcessNode(processes: processes, process: information.process, thread: thread)
    super.init(
      fileSystem: fileSystem, number: ProcessNode.number(information.process, thread, 0), kind: .directory,
      mode: 0o555, user: information.users.1, group: information.groups.1, links: 2)
  }

  override var remembersNames: Bool { false }

  override func lookup(_ name: Span<UInt8>) throws(Errno) -> Inode? {
    for entry in ProcessEntry.allCases where name.equals(entry.name) && has(entry) {
      guard let information = node.processes.information(process: node.process, thread: node.thread) else { return nil }
      return make(entry, information)
    }
    return nil
  }

  /// A thread has no threads.
  private func has(_ entry: ProcessEntry) -> Bool { entry != .task || node.thread == nil }

  private func make(_ entry: ProcessEntry, _ information: ProcessInformation) -> Inode {
    switch entry {
    case .cwd, .exe, .root: ProcessLink(fileSystem, node, entry, information)
    case .task: TaskDirectory(fileSystem, node, information)
    case .fd, .fdinfo: DescriptorDirectory(fileSystem, node, entry, information)
    default: ProcessFile(fileSystem, node, entry, information)
    }
  }

  override func iterate(from offset: Int64, _ body: (DirectoryEntry) -> Bool) throws(Errno) {
    for entry in ProcessEntry.allCases where Int64(entry.rawValue) + 1 >= offset && has(entry) {
      let listed = DirectoryEntry(
        name: entry.name.bytes, number: ProcessNode.number(node.process, node.thread, entry.rawValue),
        kind: entry.kind, next: Int64(entry.rawValue) + 2)
      if !body(listed) { return }
    }
  }

  override func open(_ request: OpenRequest) throws(Errno) -> OpenFile { DirectoryFile(request, inode: self) }
}

/// `/proc/PID/task`.
final class TaskDirectory: Inode, @unchecked Sendable {
  private let node: ProcessNode

  init(_ fileSystem: FileSystem, _ node: ProcessNode, _ information: ProcessInformation) {
    self.node = node
    super.init(
      fileSystem: fileSystem, number: ProcessNode.number(node.process, nil, ProcessEntry.task.rawValue),
      kind: .directory, mode: 0o555, user: information.users.1, group: information.groups.1, links: 2)
  }

  override var remembersNames: Bool { false }

  override func lookup(_ name: Span<UInt8>) throws(Errno) -> Inode? {
    guard let id = decimalName(name), id > 0,
      let information = node.processes.information(process: node.process, thread: id)
    else { return nil }
    return ProcessDirectoryInode(fileSystem, node.processes, information, thread: id)
  }

  override func iterate(from offset: Int64, _ body: (DirectoryEntry) -> Bool) throws(Errno) {
    var next = Int32(clamping: max(offset - 2, 1))
    while let id = node.processes.thread(of: node.process, from: next), id >= next, id < .max {
      var name = Text()
      name.add(id)
      let entry = DirectoryEntry(
        name: name.bytes, number: ProcessNode.number(node.process, id, 0), kind: .directory, next: Int64(id) + 3)
      if !body(entry) { return }
      next = id + 1
    }
  }

  override func open(_ request: OpenRequest) throws(Errno) -> OpenFile { DirectoryFile(request, inode: self) }
}

/// `cwd`, `exe`, `root`: links that lead to the place itself, whatever their text.
final class ProcessLink: Inode, @unchecked Sendable {
  private let node: ProcessNode
  private let entry: ProcessEntry

  init(_ fileSystem: FileSystem, _ node: ProcessNode, _ entry: ProcessEntry, _ information: ProcessInformation) {
    self.node = node
    self.entry = entry
    super.init(
      fileSystem: fileSystem, number: ProcessNode.number(node.process, node.thread, entry.rawValue),
      kind: .symbolicLink, mode: entry.mode, user: information.users.1, group: information.groups.1)
  }

  override func magicLink() throws(Errno) -> Location? {
    guard node.processes.mayInspect(node.process) else { throw .EACCES }
    let place: Location? =
      switch entry {
      case .cwd: node.processes.context(of: node.process)?.working
      case .root: node.processes.context(of: node.process)?.root
      default: node.processes.executable(of: node.process)
      }
    guard let place else { throw .ENOENT }
    return place
  }

  override func readLink() throws(Errno) -> [UInt8] {
    guard let place = try magicLink() else { throw .ENOENT }
    return try visiblePath(place, node.processes)
  }
}

/// The path of `place` as the asking process sees it; `(unreachable)` in front where it lies outside its root.
func visiblePath(_ place: Location, _ processes: any ProcessDirectory) throws(Errno) -> [UInt8] {
  guard let asking = processes.context(of: processes.current.process) else { throw .ENOENT }
  if let path = try place.path(from: asking.root) { return path }
  let path = try place.path(from: Location(mount: place.mount, dentry: place.mount.root)) ?? [0x2f]
  return ("(unreachable)" as StaticString).bytes + path
}
