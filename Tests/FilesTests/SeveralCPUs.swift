import Basics
import Foundation
import HostMachine
import Machine
import Memory
import Scheduling
import Synchronization
import Testing

@testable import Files

/// Pipes and descriptor tables used by several CPUs at once.
@Suite(.serialized) struct SeveralCPUs {
  init() { HostMachine.start() }

  private func namespace() -> Namespace {
    let system = FileSystem(type: FileSystemType(name: "test"), device: .none)
    let root = Inode(fileSystem: system, number: 1, kind: .directory, mode: 0o755, user: 0, group: 0)
    return Namespace(root: root, source: [], types: [])
  }

  private static func put(_ file: OpenFile, _ bytes: [UInt8]) throws(Errno) -> Int {
    var source = UserSource(bytes: bytes)
    var offset: Int64 = 0
    return try file.write(from: &source, at: &offset)
  }
  private static func take(_ file: OpenFile, _ maximum: Int) throws(Errno) -> [UInt8] {
    var sink = UserSink(kernelCapacity: maximum)
    var offset: Int64 = 0
    _ = try file.read(into: &sink, at: &offset)
    return sink.takeBytes()
  }

  /// Writers that fill a pipe and sleep, readers that empty it and sleep: every byte arrives once, and all see the end.
  @Test(arguments: [(1, 1), (3, 2)]) func pipesCarryEveryByte(writers: Int, readers: Int) throws {
    let each = 60_000
    let (got, sum, sent, failed) = (Count(), Count(), Count(), Count())
    var ends: (read: PipeFile, write: PipeFile)? = try PipeFile.makePair(namespace(), .root(), flags: [])
    let crew = (0..<writers).map { [write = ends!.write] number in
      HostThread.start {
        var left = each
        var step = number
        do throws(Errno) {
          while left > 0 {
            step = (step * 31 + 7) % 9001
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: step), count: min(left, 1 + step))
            let count = try Self.put(write, bytes)
            sent.add(count * (step & 255))
            left -= count
          }
        } catch { failed.add() }
      }
    }
    let others = (0..<readers).map { [read = ends!.read] _ in
      HostThread.start {
        do throws(Errno) {
          while true {
            let bytes = try Self.take(read, 5000)
            if bytes.isEmpty { return }
            got.add(bytes.count)
            sum.add(bytes.reduce(0) { $0 + Int($1) })
          }
        } catch { failed.add() }
      }
    }
    ends = nil
    #expect(HostThread.join(crew))
    // Once the readers have everything, and sleep, the writers' end goes: it went with the bodies that hold it.
    #expect(HostMachine.wait { got.value == writers * each })
    usleep(20_000)
    crew.forEach { $0.forget() }
    #expect(HostThread.join(others))
    #expect(failed.value == 0)
    #expect(got.value == writers * each)
    #expect(sum.value == sent.value)
  }

  /// A writer that sleeps because the pipe is full goes on once a reader, which then ends, has made room.
  @Test func aReaderMakesRoom() throws {
    let pipe = try PipeFile.makePair(namespace(), .root(), flags: [])
    let failed = Count()
    let bytes = [UInt8](repeating: 7, count: 65536 + 4096)
    let writer = HostThread.start {
      do throws(Errno) { if try Self.put(pipe.write, bytes) != bytes.count { failed.add() } } catch { failed.add() }
    }
    #expect(HostMachine.wait { writer.currentState == .asleep })
    let reader = HostThread.start {
      do throws(Errno) { if try Self.take(pipe.read, 65536).isEmpty { failed.add() } } catch { failed.add() }
    }
    #expect(HostThread.join([reader, writer]))
    #expect(failed.value == 0)
  }

  /// A byte goes to and fro between threads that are bound to different CPUs, with pauses of every length: whenever the
  /// one looks at an empty pipe, the other may be writing.
  @Test func aByteGoesToAndFro() throws {
    let failed = Count()
    var crew: [HostThread] = []
    for pair in 0..<2 {
      let there = try PipeFile.makePair(namespace(), .root(), flags: [])
      let back = try PipeFile.makePair(namespace(), .root(), flags: [])
      for side in 0..<2 {
        let (source, target) = side == 0 ? (back.read, there.write) : (there.read, back.write)
        crew.append(
          HostThread.start(on: 2 * pair + side) {
            do throws(Errno) {
              for round in 0..<2500 {
                if side == 1 { _ = try Self.take(source, 1) }
                for _ in 0..<(round * (7 + side)) % 40 { Machine.pause() }
                if try Self.put(target, [UInt8(truncatingIfNeeded: round)]) != 1 { failed.add() }
                if side == 0, try Self.take(source, 1) != [UInt8(truncatingIfNeeded: round)] { failed.add() }
              }
            } catch { failed.add() }
          })
      }
    }
    #expect(HostThread.join(crew))
    #expect(failed.value == 0)
  }

  /// Descriptors that are opened, found, and closed by several threads of one process.
  @Test func descriptorTablesKeepTheirFiles() throws {
    let table = FileTable()
    let inode = namespace().rootLocation.inode
    let files = (0..<4).map { _ in
      OpenFile(
        OpenRequest(flags: [.readWrite], location: namespace().rootLocation, credentials: .root()), inode: inode, seekable: false)
    }
    let (wrong, failed) = (Count(), Count())
    let start = StartLine(files.count)
    let crew = files.map { file in
      HostThread.start {
        start.cross()
        var held: [Int32] = []
        for round in 0..<400 {
          do throws(Errno) {
            if round % 5 != 4 {
              let number = try table.add(file, closeOnExec: false, limit: 1024)
              held.append(number)
              if try table.withFile(number, isAlone: false, { (found) throws(Errno) in found !== file }) { wrong.add() }
            } else {
              while let number = held.popLast() {
                if try table.file(number) !== file { wrong.add() }
                try table.close(number)
              }
            }
          } catch { failed.add() }
          // Others' numbers: found or not, but never a fault.
          do throws(Errno) { _ = try table.file(Int32(round % 40)) } catch {}
          if round % 50 == 0 { Scheduler.yield() }
        }
        for number in held { do throws(Errno) { try table.close(number) } catch { failed.add() } }
      }
    }
    #expect(HostThread.join(crew))
    #expect(wrong.value == 0 && failed.value == 0)
    #expect(table.next(from: 0) == nil)
  }
}
