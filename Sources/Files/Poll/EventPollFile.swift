import Basics
import Machine
import Memory
import Scheduling

/// An open epoll instance (`epoll_create1(2)`).
public final class EventPollFile: OpenFile, @unchecked Sendable {
  private let instance = EventPoll()

  public static func make(_ namespace: Namespace, _ credentials: Credentials) throws(Errno) -> EventPollFile {
    try Memory.admit(2048)
    let inode = AnonymousInode(namespace.hidden.fileSystem, "[eventpoll]")
    return EventPollFile(
      OpenRequest(flags: .readWrite, location: namespace.hiddenLocation(inode), credentials: credentials),
      inode: inode, seekable: false)
  }

  deinit { instance.close() }

  public func add(_ descriptor: Int32, _ file: OpenFile, events: UInt32, data: UInt64) throws(Errno) {
    try instance.add(descriptor, file, events: events, data: data)
  }
  public func modify(_ descriptor: Int32, _ file: OpenFile, events: UInt32, data: UInt64) throws(Errno) {
    try instance.modify(descriptor, file, events: events, data: data)
  }
  public func remove(_ descriptor: Int32, _ file: OpenFile) throws(Errno) { try instance.remove(descriptor, file) }
  public func wait(_ maximum: Int, _ timeout: PollTimeout) throws(Errno) -> [(events: UInt32, data: UInt64)] {
    try instance.wait(maximum, timeout)
  }

  public override func poll(_ table: PollTable?) -> PollEvents { EventPollSource(instance).poll(table) }
  public override func pollSource() -> PollSource? { EventPollSource(instance) }
}

private final class EventPollSource: PollSource {
  private let instance: EventPoll
  init(_ instance: EventPoll) { self.instance = instance }

  override var eventPoll: EventPoll? { instance }

  override func poll(_ table: PollTable?) -> PollEvents {
    table?.register(instance.changed)
    return instance.hasReady() ? .readable : []
  }
}

/// The inode of a file that is nothing but an interface of the kernel's: `anon_inode:[eventpoll]`.
public final class AnonymousInode: Inode, @unchecked Sendable {
  private let name: StaticString

  /// - Parameter name: with its brackets.
  public init(_ fileSystem: FileSystem, _ name: StaticString) {
    self.name = name
    super.init(
      fileSystem: fileSystem, number: fileSystem.nextNumber(), kind: .regular, mode: 0o600, user: 0, group: 0)
  }

  public override var displayName: [UInt8]? { ("anon_inode:" as StaticString).bytes + name.bytes }
}
