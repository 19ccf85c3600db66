import Basics
import CExplorer
@testable import Files
@testable import Locking
import Machine
@testable import Memory
@testable import Scheduling
import Synchronization

/// `poll` and `epoll`: who waits for a file to become ready learns of it.
enum ReadinessScenarios {
  private final class Ends {
    let memory = SmallMemory(cpus: 2)
    let pair: (read: PipeFile, write: PipeFile)?
    let instance = EventPoll()
    init() {
      do throws(Errno) { pair = try PipeFile.makePair(Streams.namespace(), .root(), flags: []) } catch {
        pair = nil
        violate("\(error)")
      }
    }
  }

  /// Waits for a pipe to have bytes, which another writes.
  static func polling(_ regime: LockRegime) -> Execution {
    let cluster = Cluster(regime)
    let ends = Ends()
    guard let (read, write) = ends.pair else { return cluster.execution() }
    cluster.add(on: 0) {
      do throws(Errno) {
        var entries = [PollEntry(file: read, wanted: [.input, .hangUp])]
        let count = try PollEntry.wait(for: &entries, .forever)
        expect(count == 1 && entries[0].ready.contains(.input), "ready without bytes")
      } catch { violate("poll: \(error)") }
    }
    cluster.add(on: 1) { _ = Streams.write(write.pipe, [1]) }
    return cluster.execution(keeping: ends)
  }

  /// An epoll instance tells of two writes; edge-triggered, who takes all bytes after each event misses none.
  static func events(_ mode: UInt32) -> Execution {
    let cluster = Cluster()
    let ends = Ends()
    guard let (read, write) = ends.pair else { return cluster.execution() }
    let instance = ends.instance
    cluster.add(on: 0) {
      do throws(Errno) {
        try instance.add(3, read, events: PollEvents.input.rawValue | mode, data: 5)
        var count = 0
        while count < 2 {
          let found = try instance.wait(4, .forever)
          expect(found.count == 1 && found[0].data == 5, "\(found.count) events")
          count += Streams.read(read.pipe, 16).count
        }
      } catch { violate("epoll: \(error)") }
    }
    cluster.add(on: 1) {
      _ = Streams.write(write.pipe, [1])
      _ = Streams.write(write.pipe, [2])
    }
    return cluster.execution(keeping: ends)
  }

  /// A file is taken out of an instance while it becomes ready; then nothing watches it any more.
  static func removal() -> Execution {
    let cluster = Cluster()
    let ends = Ends()
    guard let (read, write) = ends.pair else { return cluster.execution() }
    let instance = ends.instance
    do throws(Errno) { try instance.add(3, read, events: PollEvents.input.rawValue, data: 5) } catch { violate("\(error)") }
    cluster.add(on: 0) {
      do throws(Errno) {
        try instance.remove(3, read)
        let found = try instance.wait(4, .immediate)
        expect(found.isEmpty, "a file that was taken out is told of")
      } catch { violate("epoll: \(error)") }
    }
    cluster.add(on: 1) { _ = Streams.write(write.pipe, [1]) }
    return cluster.execution {
      _ = ends
      return instance.hasReady() ? "a file that was taken out is ready" : nil
    }
  }

  private static let told = "no readiness is lost between a look at the file and the sleep"

  static let all: [Scenario] = [
    Scenario(name: "poll/pipe", property: told, bound: 2, stale: 0) { polling(.fine) },
    Scenario(name: "poll/pipe-split", property: told, bound: 2, stale: 0) { polling(.split) },
    Scenario(name: "poll/pipe-big", property: told, bound: 2, stale: 0) { polling(.big) },
    Scenario(name: "poll/epoll-level", property: told, bound: 2, stale: 0) { events(0) },
    Scenario(name: "poll/epoll-edge", property: told, bound: 2, stale: 0) { events(EventPoll.edgeTriggered) },
    Scenario(name: "poll/epoll-remove", property: "a file that is taken out of an instance is told of no more", bound: 2, stale: 0) { removal() },
  ]
}
