import Basics
import CExplorer
@testable import Files
@testable import Locking
import Machine
@testable import Memory
@testable import Scheduling
@testable import Sockets
import Synchronization

/// What threads of a scenario do with streams of bytes.
enum Streams {
  static func write(_ pipe: Pipe, _ bytes: [UInt8]) -> Result<Int, Errno> {
    do throws(Errno) {
      var source = UserSource(bytes: bytes)
      return .success(try pipe.write(from: &source, nonBlocking: false))
    } catch { return .failure(error) }
  }
  /// Up to `most` bytes; none at the end.
  static func read(_ pipe: Pipe, _ most: Int) -> [UInt8] {
    do throws(Errno) {
      var sink = UserSink(kernelCapacity: most)
      _ = try pipe.read(into: &sink, nonBlocking: false)
      return sink.takeBytes()
    } catch {
      violate("read: \(error)")
      return []
    }
  }
  /// Nothing but a name tree for what has no name in it.
  static func namespace() -> Namespace {
    let system = FileSystem(type: FileSystemType(name: "test"), device: .none)
    let root = Inode(fileSystem: system, number: 1, kind: .directory, mode: 0o755, user: 0, group: 0)
    return Namespace(root: root, source: [], types: [])
  }
}

/// Pipes.
enum PipeScenarios {
  /// A pipe of one page, both ends open, with `held` bytes in it already.
  private static func pipe(held: Int = 0, reads: Int = 1, writes: Int = 1) -> Pipe {
    let pipe = Pipe(pages: 1)
    for _ in 0..<reads { _ = pipe.join(reads: true, writes: false) }
    for _ in 0..<writes { _ = pipe.join(reads: false, writes: true) }
    if held > 0 { _ = Streams.write(pipe, [UInt8](repeating: 1, count: held)) }
    return pipe
  }

  /// More than the pipe holds, written, then closed; read to the end.
  static func bytes(_ regime: LockRegime) -> Execution {
    let cluster = Cluster(regime)
    let memory = SmallMemory(cpus: 2)
    let pipe = pipe()
    let sent = (0..<4200).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let box = Bytes()
    cluster.add(on: 0) {
      guard case .success(sent.count) = Streams.write(pipe, sent) else { return violate("not everything was written") }
      pipe.leave(reads: false, writes: true)
    }
    cluster.add(on: 1) {
      while true {
        let some = Streams.read(pipe, 4096)
        if some.isEmpty { break }
        box.bytes += some
      }
    }
    return cluster.execution {
      _ = memory
      return box.bytes == sent ? nil : "\(box.bytes.count) bytes of \(sent.count) came, or others"
    }
  }
  final class Bytes { var bytes: [UInt8] = [] }

  /// The last writer closes while a reader waits, or is about to.
  static func end(_ regime: LockRegime) -> Execution {
    let cluster = Cluster(regime)
    let memory = SmallMemory(cpus: 2)
    let pipe = pipe()
    cluster.add(on: 0) {
      expect(Streams.read(pipe, 8) == [], "bytes that nobody wrote")
      _ = memory
    }
    cluster.add(on: 1) { pipe.leave(reads: false, writes: true) }
    return cluster.execution()
  }

  /// The last reader closes while a writer waits for room, or is about to.
  static func broken(_ regime: LockRegime) -> Execution {
    let cluster = Cluster(regime)
    let memory = SmallMemory(cpus: 2)
    let pipe = pipe(held: 4096)
    cluster.add(on: 0) {
      guard case .failure(.EPIPE) = Streams.write(pipe, [2]) else { return violate("written to nobody") }
      _ = memory
    }
    cluster.add(on: 1) { pipe.leave(reads: true, writes: false) }
    return cluster.execution()
  }

  /// One write for two readers: who is woken first leaves the second byte to the other.
  static func readers() -> Execution {
    let cluster = Cluster()
    let memory = SmallMemory(cpus: 2)
    let pipe = pipe(reads: 2)
    let sum = Atomic<Int>(0)
    let box = Threads.Owner(sum)
    for cpu in 0..<2 {
      cluster.add(on: cpu) {
        let byte = Streams.read(pipe, 1)
        expect(byte.count == 1, "a reader gets nothing, though there is a writer")
        box.word.wrappingAdd(Int(byte.first ?? 0), ordering: .relaxed)
      }
    }
    cluster.add(on: 1) { _ = Streams.write(pipe, [3, 4]) }
    return cluster.execution {
      _ = memory
      return box.word.load(ordering: .relaxed) == 7 ? nil : "a byte was read twice, or never"
    }
  }

  /// Two writers of two bytes each, room for one of them; then a reader empties the pipe.
  static func writers() -> Execution {
    let cluster = Cluster()
    let memory = SmallMemory(cpus: 2)
    let pipe = pipe(held: 4094, writes: 2)
    let box = Bytes()
    for cpu in 0..<2 {
      cluster.add(on: cpu) {
        let byte = UInt8(2 + cpu)
        guard case .success(2) = Streams.write(pipe, [byte, byte]) else { return violate("a piece was not written whole") }
      }
    }
    cluster.add(on: 1) {
      while box.bytes.count < 4098 {
        let some = Streams.read(pipe, 4096)
        if some.isEmpty { return violate("an end, though there are writers") }
        box.bytes += some
      }
    }
    return cluster.execution {
      _ = memory
      let pieces = Array(box.bytes.dropFirst(4094))
      return pieces == [2, 2, 3, 3] || pieces == [3, 3, 2, 2] ? nil : "the pieces are \(pieces)"
    }
  }

  /// Both sides open a named pipe and wait for each other; the writer writes and closes at once.
  static func named() -> Execution {
    let cluster = Cluster()
    let memory = SmallMemory(cpus: 2)
    let namespace = Streams.namespace()
    let inode = PipeInode(namespace.hidden.fileSystem, .root())
    func open(_ flags: OpenFlags) -> PipeFile? {
      let request = OpenRequest(flags: flags, location: namespace.hiddenLocation(inode), credentials: .root())
      do throws(Errno) { return try PipeFile.open(fifo: inode, request) as? PipeFile } catch {
        violate("open: \(error)")
        return nil
      }
    }
    cluster.add(on: 0) {
      guard let file = open([]) else { return }
      let byte = Streams.read(file.pipe, 1)
      expect(byte == [6], "\(byte) was read")
    }
    cluster.add(on: 1) {
      guard let file = open(.writeOnly) else { return }
      guard case .success(1) = Streams.write(file.pipe, [6]) else { return violate("the byte was not written") }
    }
    return cluster.execution(keeping: memory)
  }

  static let all: [Scenario] =
    [("", LockRegime.fine), ("-split", .split), ("-big", .big)].flatMap { suffix, regime in
      [
        Scenario(name: "pipe/end" + suffix, property: "a read ends when the last writer has closed", bound: 3, stale: 0) { end(regime) },
        Scenario(name: "pipe/broken" + suffix, property: "a write to a full pipe is EPIPE when the last reader closes", bound: 3, stale: 0) {
          broken(regime)
        },
      ]
    } + [
      Scenario(name: "pipe/bytes", property: "no byte is lost, and no wake-up of reader or writer", bound: 2, stale: 0) { bytes(.fine) },
      Scenario(name: "pipe/bytes-big", property: "no byte is lost, and no wake-up of reader or writer", bound: 2, stale: 0) { bytes(.big) },
      Scenario(name: "pipe/readers", property: "what one reader leaves wakes the next", bound: 2, stale: 0) { readers() },
      Scenario(name: "pipe/writers", property: "room that one writer leaves wakes the next; small pieces stay whole", bound: 2, stale: 0) {
        writers()
      },
      Scenario(name: "pipe/open", property: "who opens a named pipe meets the other side, also one that has gone again", bound: 2, stale: 0) {
        named()
      },
    ]
}
