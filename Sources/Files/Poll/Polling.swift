import Basics
import Scheduling

/// One file that `poll(2)` or `select(2)` looks at.
public struct PollEntry {
  /// What waiting for one takes of the kernel heap: the entry, and its places in two queues.
  public static var bytes: Int { 256 }

  /// nil: nothing to look at; `ready` stays as it is.
  public let file: OpenFile?
  /// What counts; `poll(2)` adds `PollEvents.always`.
  public let wanted: PollEvents
  public var ready: PollEvents

  public init(file: OpenFile?, wanted: PollEvents, ready: PollEvents = []) {
    self.file = file
    self.wanted = wanted
    self.ready = ready
  }
}

/// How long to wait for readiness.
public enum PollTimeout {
  case immediate
  /// Until a monotonic time, nanoseconds.
  case until(UInt64)
  case forever
}

extension PollEntry {
  /// Waits until an entry is ready; gives how many are. 0 at the end of the timeout.
  /// - Throws: `ERESTARTSYS` when a signal waits. May sleep.
  public static func wait(for entries: inout [PollEntry], _ timeout: PollTimeout) throws(Errno) -> Int {
    var found = look(at: &entries, nil)
    // Who finds something ready, the usual case of a busy loop, needs no table.
    if found > 0 { return found }
    if case .immediate = timeout { return 0 }
    let table = PollTable()
    defer { table.end() }
    found = look(at: &entries, table)
    while found == 0 {
      do throws(Errno) {
        if case .until(let deadline) = timeout { try table.wait(deadline: deadline) } else { try table.wait() }
      } catch {
        guard case .ETIMEDOUT = error else { throw error }
        return look(at: &entries, nil)
      }
      found = look(at: &entries, nil)
    }
    return found
  }

  /// Looks at all entries. From the first that is ready on, there is no need to register with the others.
  private static func look(at entries: inout [PollEntry], _ table: PollTable?) -> Int {
    var found = 0
    for index in entries.indices {
      if let file = entries[index].file {
        entries[index].ready = file.poll(found == 0 ? table : nil).intersection(entries[index].wanted)
      }
      if !entries[index].ready.isEmpty { found += 1 }
      if index & 63 == 63 { Scheduler.preemptionPoint() }
    }
    return found
  }
}
