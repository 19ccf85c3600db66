import Basics
import Files
import Locking
import Machine
import Memory
import Scheduling

extension System {
  /// Makes process 1, the kernel's own init: it runs `body` in the kernel, takes no signals, and is the parent of
  /// whoever loses its own.
  public func startInit(_ context: FSContext, _ body: @escaping (Task) -> Void) throws(Errno) {
    guard let stack = KernelStacks.allocate() else { throw .ENOMEM }
    let group = ProcessGroup(id: 1, session: Session(id: 1))
    let process = Process(id: 1, limits: ProcessLimits(), actions: SignalActions(), kin: Kin(parent: nil, group: group))
    var resources = Resources.none
    resources.fs = context
    resources.files = FileTable()
    resources.fileUsers = UserCount()
    let task = Task(
      system: self, process: process, id: 1, stack: stack,
      floatingPoint: nil, resources: resources, credentials: Credentials.root(), name: ("init" as StaticString).bytes,
      body: body)
    process.signals.withLock { (state: inout SignalState) in
      state.threads.append(task)
      state.isImmune = true
    }
    tree.withLock { (tree: inout ProcessTree) in
      _ = tree.takeNumber()
      tree.addFirst(process, task)
    }
    Scheduler.start(task)
  }
}

extension Task {
  /// Makes a child of a kernel task, with descriptors and a place of its own, which begins in the kernel with `body`:
  /// that executes a program (`enterProgram`), else the child ends when it returns.
  public func spawn(_ body: @escaping (Task) -> Void) throws(Errno) -> Task {
    guard let stack = KernelStacks.allocate() else { throw .ENOMEM }
    guard let id = system.tree.withLock({ (tree: inout ProcessTree) in tree.takeNumber() }) else { throw .EAGAIN }
    var kin = Kin(parent: process, group: process.kin.group)
    kin.exitSignal = 17
    let child = Process(id: id, limits: process.limits.copy(), actions: SignalActions(), kin: kin)
    var shared = Resources.none
    shared.fs = fs.copy()
    shared.files = FileTable()
    shared.fileUsers = UserCount()
    let task = Task(
      system: system, process: child, id: id, stack: stack,
      floatingPoint: FloatingPointState(), resources: shared, credentials: credentials, name: name, body: body)
    child.signals.withLock { (state: inout SignalState) in state.threads.append(task) }
    system.tree.withLock { (tree: inout ProcessTree) in tree.add(child, task) }
    Scheduler.start(task)
    return task
  }

  /// Sets the status with which a kernel task ends that executes no program.
  public func setStatus(_ status: Int32) { exitStatus = WaitStatus.exited(status) }
}

/// A thread of the kernel's own, without a process.
public final class KernelThread: Thread, @unchecked Sendable {
  private var body: (() -> Void)?

  /// Starts a thread that runs `body`; it ends with it.
  public static func start(_ body: @escaping () -> Void) throws(Errno) {
    guard let stack = KernelStacks.allocate() else { throw .ENOMEM }
    Scheduler.start(KernelThread(stack, body))
  }

  private init(_ stack: KernelStack, _ body: @escaping () -> Void) {
    self.body = body
    super.init(identifier: 0, stack: stack, floatingPoint: nil)
  }

  public override func main() {
    let body = body
    self.body = nil
    body?()
  }

  public override func reap() { KernelStacks.release(stack) }
}
