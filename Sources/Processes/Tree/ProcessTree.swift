import Basics
import Files
import Machine
import Scheduling
import Synchronization

/// Who descends from whom, and what each number stands for: process, thread, group, session. The state of the
/// process-tree lock, which may be taken in interrupt handlers: its sections are short.
struct ProcessTree: ~Copyable {
  private var numbers = IDAllocator()
  /// What each number stands for, in chunks of 256 made on demand.
  private var chunks: [[Entry]]
  /// How many numbers of each chunk stand for something. A chunk without any goes, unless the next number comes from it.
  private var used = [Int](repeating: 0, count: 128)
  /// Threads alive, the processes that only wait to be waited for not counted.
  private(set) var threadCount = 0

  /// What one number stands for; it is free again when it stands for nothing.
  struct Entry {
    var process: Process?
    var task: Task?
    var group: ProcessGroup?
    var session: Session?
    var isEmpty: Bool { process == nil && task == nil && group == nil && session == nil }
  }

  init() {
    chunks = []
    chunks.reserveCapacity(128)
    for _ in 0..<128 { chunks.append([]) }
  }

  // MARK: Numbers

  func entry(_ id: Int32) -> Entry? {
    guard id > 0, id < Int32(IDAllocator.limit) else { return nil }
    let chunk = chunks[Int(id) >> 8]
    return chunk.isEmpty ? nil : chunk[Int(id) & 255]
  }

  func process(_ id: Int32) -> Process? { entry(id)?.process }
  func task(_ id: Int32) -> Task? { entry(id)?.task }
  func group(_ id: Int32) -> ProcessGroup? { entry(id)?.group }

  /// The lowest process at or above `id`.
  func process(from id: Int32) -> Process? {
    var number = max(id, 1)
    while number < Int32(IDAllocator.limit) {
      let chunk = Int(number) >> 8
      if chunks[chunk].isEmpty {
        number = Int32((chunk + 1) << 8)
        continue
      }
      if let process = chunks[chunk][Int(number) & 255].process { return process }
      number += 1
    }
    return nil
  }

  /// Calls `body` with each process.
  func forEachProcess(_ body: (Process) -> Void) {
    for chunk in chunks {
      for entry in chunk {
        if let process = entry.process { body(process) }
      }
    }
  }

  /// A number for a new thread; nil when all are taken.
  mutating func takeNumber() -> Int32? {
    let before = Int(numbers.mostRecent) >> 8
    let number = numbers.take()
    if Int(numbers.mostRecent) >> 8 != before, used[before] == 0 { chunks[before] = [] }
    return number
  }

  /// Gives a number back that never came to stand for anything.
  mutating func returnNumber(_ id: Int32) { numbers.free(id) }

  var mostRecentNumber: Int32 { numbers.mostRecent }

  mutating func change(_ id: Int32, _ body: (inout Entry) -> Void) {
    let chunk = Int(id) >> 8
    if chunks[chunk].isEmpty { chunks[chunk] = [Entry](repeating: Entry(), count: 256) }
    let wasEmpty = chunks[chunk][Int(id) & 255].isEmpty
    body(&chunks[chunk][Int(id) & 255])
    let isEmpty = chunks[chunk][Int(id) & 255].isEmpty
    if wasEmpty != isEmpty { used[chunk] += isEmpty ? -1 : 1 }
    if isEmpty {
      numbers.free(id)
      if used[chunk] == 0, chunk != Int(numbers.mostRecent) >> 8 { chunks[chunk] = [] }
    }
  }

  // MARK: Births

  /// A new process with its first thread.
  mutating func add(_ process: Process, _ task: Task) {
    change(process.id) {
      Machine.check($0.process == nil && $0.task == nil, "number of a process given to another")
      $0.process = process
      $0.task = task
    }
    process.kin.parent?.kin.children.append(process)
    process.kin.group.members.append(process)
    threadCount += 1
  }

  /// One more thread of a process.
  mutating func add(_ task: Task) {
    change(task.id) {
      Machine.check($0.task == nil && $0.process == nil, "number of a thread given to another")
      $0.task = task
    }
    threadCount += 1
  }

  /// The first process: founds session and group 1.
  mutating func addFirst(_ process: Process, _ task: Task) {
    let group = process.kin.group
    group.session.groups = 1
    change(process.id) {
      $0.group = group
      $0.session = group.session
    }
    add(process, task)
  }

  // MARK: Deaths

  /// A thread is gone; its number is free unless it is the process's.
  mutating func remove(_ task: Task) {
    change(task.id) {
      Machine.check($0.task === task, "thread removed that is not there")
      $0.task = nil
    }
    threadCount -= 1
  }

  /// A thread other than the first executes a program: it takes over the process's number.
  mutating func takeOver(_ task: Task) {
    let old = task.id
    change(old) { $0.task = nil }
    task.number.store(task.process.id, ordering: .relaxed)
    change(task.process.id) { $0.task = task }
  }

  /// The process has been waited for: nothing is left of it. Its family has no reference to it afterwards.
  mutating func release(_ process: Process) {
    Machine.check(self.process(process.id) === process, "process released that is not there")
    if let parent = process.kin.parent {
      parent.kin.children.removeAll { $0 === process }
      process.kin.parent = nil
    }
    leaveGroup(process)
    change(process.id) { $0.process = nil }
    Balance.letGo(process)
  }

  // MARK: Groups and sessions

  /// Takes the process out of its group; the group ends with its last member, the session with its last group.
  mutating func leaveGroup(_ process: Process) {
    let group = process.kin.group
    group.members.removeAll { $0 === process }
    guard group.members.isEmpty else { return }
    let session = group.session
    session.groups -= 1
    change(group.id) { $0.group = nil }
    if session.groups == 0 { change(session.id) { $0.session = nil } }
  }

  /// Puts the process into a group, which is made if there is none of that number.
  mutating func join(_ process: Process, group id: Int32, session: Session) {
    if process.kin.group.id == id, process.kin.group.session === session { return }
    let target: ProcessGroup
    if let existing = group(id) {
      target = existing
    } else {
      target = ProcessGroup(id: id, session: session)
      session.groups += 1
      change(id) { $0.group = target }
    }
    target.members.append(process)
    leaveGroup(process)
    process.kin.group = target
    process.mirrorKin()
  }

  /// Makes the process the leader of a new session and group (`setsid(2)`); EPERM where it leads a group.
  mutating func startSession(_ process: Process) throws(Errno) {
    if group(process.id) != nil { throw .EPERM }
    let session = Session(id: process.id)
    change(process.id) { $0.session = session }
    join(process, group: process.id, session: session)
  }

  /// Whether nobody outside the group, but in its session, is parent of a member: then nobody can continue it
  /// when it stops (`setpgid(2)`, POSIX "orphaned process group").
  func isOrphaned(_ group: ProcessGroup, without leaving: Process? = nil) -> Bool {
    for member in group.members where member !== leaving && member.kin.ended == nil {
      guard let parent = member.kin.parent else { continue }
      if parent.kin.group !== group, parent.kin.group.session === group.session, parent.id != 1 { return false }
    }
    return true
  }

  /// Whether some member is stopped.
  func hasStoppedMember(_ group: ProcessGroup) -> Bool {
    for member in group.members where member.kin.isStopped { return true }
    return false
  }
}
