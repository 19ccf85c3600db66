import Synchronization
import Basics

/// The last component of a path, as operations that make or remove names want it.
struct LastComponent {
  enum Kind {
    case name
    case dot
    case dotDot
    /// The path was `/` (or `//` …): there is no component.
    case none
  }
  var kind: Kind
  var range: Range<Int>
  var hash: UInt32
  /// Slashes follow it.
  var slashed: Bool
}

/// A walk along a path (`path_resolution(7)`), without recursion: a symbolic link's text is put before what
/// remains of the path, and the walk goes on.
struct Walk {
  let caller: Caller
  let options: LookupOptions
  /// What `..` does not leave and absolute links start at, when it is not the caller's root (`openat2(2)`).
  private let bound: Location?
  var here: Location
  private(set) var path: [UInt8]
  private var next = 0
  private var links = 0

  /// `start` is where a relative path starts; nil means the working directory.
  @inline(__always)
  init(
    _ path: consuming [UInt8], from start: consuming Location?, _ caller: consuming Caller, _ options: LookupOptions
  ) throws(Errno) {
    self.options = options
    let absolute = path.first == slash
    self.path = path
    if options.isDisjoint(with: [.inRoot, .beneath]) {
      bound = nil
      if absolute {
        here = caller.context.root
      } else if let start {
        here = start
      } else {
        here = caller.context.working
      }
    } else {
      here = start ?? caller.context.working
      bound = here
      if absolute, options.contains(.beneath) { throw .EXDEV }
    }
    self.caller = caller
  }

  private var root: Location { bound ?? caller.context.root }

  /// The place where the walk has ended.
  @inline(__always)
  consuming func end() -> Location { here }

  /// Walks the whole path. ENOENT for an empty one unless `.emptyPath`.
  mutating func toEnd() throws(Errno) {
    if path.isEmpty {
      guard options.contains(.emptyPath) else { throw .ENOENT }
      return
    }
    _ = try walk(stopBeforeLast: false)
    if options.contains(.directory), here.inode.kind != .directory { throw .ENOTDIR }
  }

  /// Walks up to the directory that holds the last component.
  mutating func toParent() throws(Errno) -> LastComponent {
    if path.isEmpty { throw .ENOENT }
    return try walk(stopBeforeLast: true)
  }

  /// The bytes of a component.
  func name(of last: LastComponent) -> [UInt8] { Array(path[last.range]) }

  private mutating func walk(stopBeforeLast: Bool) throws(Errno) -> LastComponent {
    let none = LastComponent(kind: .none, range: 0..<0, hash: 0, slashed: true)
    while true {
      let count = path.count
      while next < count, path[next] == slash { next &+= 1 }
      if next == count { return none }
      guard here.dentry.inode.kind == .directory else { throw .ENOTDIR }
      if !here.dentry.inode.everybodyMaySearch { try here.dentry.inode.permit(.search, caller.credentials) }

      let start = next
      var end = start
      var hash = NameHash()
      while end < count {
        let byte = path[end]
        if byte == slash { break }
        hash.add(byte)
        end &+= 1
      }
      if end &- start > 255 { throw .ENAMETOOLONG }
      var after = end
      while after < count, path[after] == slash { after &+= 1 }
      let kind = dots(start, end)
      if stopBeforeLast, after == count {
        next = after
        return LastComponent(kind: kind, range: start..<end, hash: hash.value, slashed: after > end)
      }
      next = after
      switch kind {
      case .name: try enter(start..<end, hash.value, slashed: after > end, last: after == count)
      case .dotDot: try goUp()
      default: break
      }
    }
  }

  private func dots(_ start: Int, _ end: Int) -> LastComponent.Kind {
    guard path[start] == dot else { return .name }
    if end &- start == 1 { return .dot }
    if end &- start == 2, path[start &+ 1] == dot { return .dotDot }
    return .name
  }

  /// Steps to the child that the range of the path names, or follows the link that it is.
  private mutating func enter(_ range: Range<Int>, _ hash: UInt32, slashed: Bool, last: Bool) throws(Errno) {
    guard let node = try here.dentry.find(path.span.extracting(range), hash: hash) else { throw .ENOENT }
    let kind = node.inode.kind
    if kind == .symbolicLink, !last || slashed || options.contains(.followLast) {
      return try follow(node, rest: range.upperBound)
    }
    if slashed, kind != .directory { throw .ENOTDIR }
    try arrive(node)
  }

  /// `node`, a child of `here`, is the next place, or the mount on it is.
  @inline(__always)
  mutating func arrive(_ node: consuming Dentry) throws(Errno) {
    let covered = node.isMountPoint
    here.dentry = node
    if covered { try descend() }
  }

  private mutating func descend() throws(Errno) {
    while here.dentry.isMountPoint,
      let mount = caller.namespace.mount(on: here)
    {
      if options.contains(.oneMount) { throw .EXDEV }
      here = Location(mount: mount, dentry: mount.root)
    }
  }

  private mutating func goUp() throws(Errno) {
    let root = root
    while true {
      if here == root {
        if options.contains(.beneath) { throw .EXDEV }
        return
      }
      guard here.dentry === here.mount.root else { break }
      guard let point = here.mount.point else { return }
      if options.contains(.oneMount) { throw .EXDEV }
      here = point
    }
    if let parent = here.dentry.parent { try arrive(parent) }
  }

  /// Goes where the symbolic link `node` leads; `rest` is the index behind it in the path.
  mutating func follow(_ node: Dentry, rest: Int) throws(Errno) {
    links &+= 1
    if links > 40 || options.contains(.noLinks) { throw .ELOOP }
    if let target = try node.inode.magicLink() {
      if options.contains(.noMagicLinks) || options.contains(.beneath) || options.contains(.inRoot) { throw .ELOOP }
      here = target
      if rest < path.count, target.inode.kind != .directory { throw .ENOTDIR }
      next = rest
      return
    }
    var text = try node.inode.readLink()
    guard let first = text.first else { throw .ENOENT }
    if first == slash {
      if options.contains(.beneath) { throw .EXDEV }
      here = root
    }
    text.append(contentsOf: path[rest...])
    path = text
    next = 0
  }

  /// Follows the last component, a symbolic link found by the caller after `toParent`.
  /// True when that led to the end (`/proc/PID/fd/N`); else `toParent` goes on.
  mutating func followLast(_ node: Dentry, _ last: LastComponent) throws(Errno) -> Bool {
    try follow(node, rest: last.range.upperBound)
    return next != 0
  }
}

@inline(__always) var slash: UInt8 { 0x2f }
@inline(__always) var dot: UInt8 { 0x2e }

extension Dentry {
  /// The child of that name: remembered, or asked from the file system. nil when there is none.
  @inline(__always)
  func find(_ name: Span<UInt8>, hash: UInt32) throws(Errno) -> Dentry? {
    if let node = child(name, hash: hash) { return node }
    return try ask(name, hash: hash)
  }

  private func ask(_ name: Span<UInt8>, hash: UInt32) throws(Errno) -> Dentry? {
    try inode.names.with { () throws(Errno) -> Dentry? in try findLocked(name, hash: hash) }
  }

  /// As `find`, with the directory's names locked by the caller.
  func findLocked(_ name: Span<UInt8>, hash: UInt32) throws(Errno) -> Dentry? {
    if let node = child(name, hash: hash) { return node }
    guard let found = try inode.lookup(name) else { return nil }
    return remember(Array(copying: name), hash: hash, found)
  }
}

extension Array where Element == UInt8 {
  init(copying span: Span<UInt8>) {
    self.init()
    reserveCapacity(span.count)
    for index in span.indices { append(span[index]) }
  }
}

extension Caller {
  /// Finds what `path` names. `start`: where relative paths start (a directory descriptor's location), nil for the
  /// working directory.
  @inline(__always)
  public consuming func find(
    _ path: consuming [UInt8], from start: consuming Location? = nil, _ options: LookupOptions = .followLast
  ) throws(Errno) -> Location {
    var walk = try Walk(path, from: start, self, options)
    try walk.toEnd()
    return walk.end()
  }
}
