import Basics
import CExplorer
@testable import Files
@testable import Locking
import Machine
@testable import Memory
@testable import Scheduling
import Synchronization
@testable import TmpFS

/// Names in a tmpfs that two threads look up, make, rename and remove at once.
enum NameScenarios {
  private final class Tree {
    let memory = SmallMemory(cpus: 2)
    let namespace: Namespace
    var caller: Caller { Caller(context: FSContext(namespace: namespace), credentials: .root()) }
    init() {
      let type = TmpFileSystemType()
      let root = type.make(device: DeviceNumber(major: 0, minor: 1), pageLimit: 64, inodeLimit: 100, mode: 0o755)
      namespace = Namespace(root: root, source: [], types: [type])
    }
    /// nil where it worked.
    func attempt(_ body: (Caller) throws(Errno) -> Void) -> Errno? {
      do throws(Errno) { try body(caller) } catch { return error }
      return nil
    }
    func find(_ path: String) -> Inode? {
      do throws(Errno) { return try caller.find(Array(path.utf8), []).inode } catch { return nil }
    }
    func make(_ paths: String...) {
      for path in paths {
        let error = attempt { (caller) throws(Errno) in
          if path.hasSuffix("/") {
            try caller.makeDirectory(Array(path.utf8), mode: 0o755)
          } else {
            try caller.makeNode(Array(path.utf8), .regular, mode: 0o644)
          }
        }
        if let error { violate("\(path): \(error)") }
      }
    }
    func links(_ path: String) -> UInt64 { find(path).map { UInt64($0.attributes.links) } ?? 0 }
  }
  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private static func pair(
    _ make: [String], _ first: @escaping (Tree) -> Void, _ second: @escaping (Tree) -> Void, _ check: @escaping (Tree) -> String?
  ) -> Execution {
    let cluster = Cluster()
    let tree = Tree()
    for path in make { tree.make(path) }
    cluster.add(on: 0) { first(tree) }
    cluster.add(on: 1) { second(tree) }
    return cluster.execution { check(tree) }
  }

  /// A file takes another's name while that is looked up.
  static func replacing() -> Execution {
    pair(
      ["/a", "/b"], { tree in expect(tree.attempt { (caller) throws(Errno) in try caller.rename(bytes("/a"), to: bytes("/b")) } == nil, "rename failed") },
      { tree in expect(tree.find("/b") != nil, "a name that is replaced is missing for a moment") },
      { tree in tree.find("/a") == nil && tree.links("/b") == 1 ? nil : "/a is still there, or /b has \(tree.links("/b")) links" })
  }

  /// A file is renamed and removed at once: one of the two finds it.
  static func removing() -> Execution {
    let done = (Threads.Owner(Atomic(0)), Threads.Owner(Atomic(0)))
    return pair(
      ["/a"],
      { tree in
        let error = tree.attempt { (caller) throws(Errno) in try caller.rename(bytes("/a"), to: bytes("/b")) }
        expect(error == nil || error == .ENOENT, "rename: \(error as Any)")
        done.0.word.store(error == nil ? 1 : 0, ordering: .relaxed)
      },
      { tree in
        let error = tree.attempt { (caller) throws(Errno) in try caller.unlink(bytes("/a")) }
        expect(error == nil || error == .ENOENT, "unlink: \(error as Any)")
        done.1.word.store(error == nil ? 1 : 0, ordering: .relaxed)
      },
      { tree in
        let (renamed, removed) = (done.0.word.load(ordering: .relaxed) == 1, done.1.word.load(ordering: .relaxed) == 1)
        if renamed == removed { return renamed ? "both had the file" : "neither had the file" }
        return (tree.links("/b") == 1) == renamed && tree.find("/a") == nil ? nil : "the names disagree with who had the file"
      })
  }

  /// Two threads make one name: one does.
  static func creating() -> Execution {
    let made = Threads.Owner(Atomic(0))
    let make = { (tree: Tree) in
      let error = tree.attempt { (caller) throws(Errno) in try caller.makeNode(bytes("/a"), .regular, mode: 0o644) }
      expect(error == nil || error == .EEXIST, "\(error as Any)")
      if error == nil { made.word.wrappingAdd(1, ordering: .relaxed) }
    }
    return pair([], make, make) { tree in
      let count = made.word.load(ordering: .relaxed)
      return count == 1 && tree.links("/a") == 1 ? nil : "\(count) made it"
    }
  }

  /// A directory is removed while a file is made in it.
  static func emptying() -> Execution {
    let done = (Threads.Owner(Atomic(0)), Threads.Owner(Atomic(0)))
    return pair(
      ["/d/"],
      { tree in
        let error = tree.attempt { (caller) throws(Errno) in try caller.removeDirectory(bytes("/d")) }
        expect(error == nil || error == .ENOTEMPTY, "rmdir: \(error as Any)")
        done.0.word.store(error == nil ? 1 : 0, ordering: .relaxed)
      },
      { tree in
        let error = tree.attempt { (caller) throws(Errno) in try caller.makeNode(bytes("/d/f"), .regular, mode: 0o644) }
        expect(error == nil || error == .ENOENT, "create: \(error as Any)")
        done.1.word.store(error == nil ? 1 : 0, ordering: .relaxed)
      },
      { tree in
        let (removed, made) = (done.0.word.load(ordering: .relaxed) == 1, done.1.word.load(ordering: .relaxed) == 1)
        if removed == made { return removed ? "a file was made in a directory that is gone" : "neither was done" }
        if tree.links("/") != (removed ? 2 : 3) { return "/ has \(tree.links("/")) links" }
        return made == (tree.find("/d/f") != nil) ? nil : "the file is not there"
      })
  }

  /// Two directories move into each other's place at once: no circle of locks, and the link counts are right.
  static func crossing() -> Execution {
    pair(
      ["/d/", "/e/", "/d/x/", "/e/y/"],
      { tree in expect(tree.attempt { (caller) throws(Errno) in try caller.rename(bytes("/d/x"), to: bytes("/e/x")) } == nil, "rename failed") },
      { tree in expect(tree.attempt { (caller) throws(Errno) in try caller.rename(bytes("/e/y"), to: bytes("/d/y")) } == nil, "rename failed") },
      { tree in
        if tree.find("/e/x") == nil || tree.find("/d/y") == nil { return "a directory is lost" }
        return tree.links("/d") == 3 && tree.links("/e") == 3 ? nil : "the links are \(tree.links("/d")) and \(tree.links("/e"))"
      })
  }

  /// A second name is made while the first is removed.
  static func linking() -> Execution {
    let linked = Threads.Owner(Atomic(0))
    return pair(
      ["/a"],
      { tree in
        let error = tree.attempt { (caller) throws(Errno) in try caller.link(try caller.find(bytes("/a"), []), to: bytes("/b")) }
        expect(error == nil || error == .ENOENT, "link: \(error as Any)")
        linked.word.store(error == nil ? 1 : 0, ordering: .relaxed)
      },
      { tree in expect(tree.attempt { (caller) throws(Errno) in try caller.unlink(bytes("/a")) } == nil, "unlink failed") },
      { tree in
        let isLinked = linked.word.load(ordering: .relaxed) == 1
        return tree.links("/b") == (isLinked ? 1 : 0) ? nil : "the file has \(tree.links("/b")) links"
      })
  }

  static let all: [Scenario] = [
    Scenario(name: "names/replace", property: "a name that a rename replaces is never missing", bound: 2, stale: 0) { replacing() },
    Scenario(name: "names/remove", property: "of a rename and an unlink of one name, one finds it", bound: 2, stale: 0) { removing() },
    Scenario(name: "names/create", property: "of two that make one name, one does", bound: 2, stale: 0) { creating() },
    Scenario(name: "names/empty", property: "no file is made in a directory that is gone", bound: 2, stale: 0) { emptying() },
    Scenario(name: "names/cross", property: "renames between two directories end, and the link counts are right", bound: 2, stale: 0) { crossing() },
    Scenario(name: "names/link", property: "link counts are right, and a file without a name gets none", bound: 2, stale: 0) { linking() },
  ]
}
