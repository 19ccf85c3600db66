import Foundation
import Locking
import Machine
import Scheduling
import Synchronization

/// A machine on the host whose CPUs schedule: each is a thread of the host that runs the kernel's own idle loop, with
/// timer and reschedule interrupts (CX86/host.c) and context switches (CX86/host_switch.c). One for the whole test
/// process, started on first use; its CPUs idle between tests.
public final class HostMachine: Sendable {
  public static let cpus = 4
  private static let table = ProcessorTable(count: Machine.hostCPULimit)

  /// Starts the machine if it does not run yet, and lets the calling thread start and wake kernel threads on it.
  public static func start() {
    _ = isStarted
    if Processor.current == nil { Current.setScheduler(table) }
  }

  private static let isStarted: Bool = {
    Machine.setHostInterruptHandler { vector in HostMachine.interrupt(vector) }
    let ready = Atomic<Int>(0)
    for cpu in 0..<cpus {
      let thread = Foundation.Thread {
        Machine.becomeHostCPU(cpu)
        Scheduler.adopt(table, bootStack: BootStack.make(), context: SwitchContext(root: 0))
        ready.add(1, ordering: .sequentiallyConsistent)
        Scheduler.idle()
      }
      thread.stackSize = 1 << 20
      thread.start()
    }
    while ready.load(ordering: .sequentiallyConsistent) < cpus { usleep(100) }
    return true
  }()

  /// What the kernel does in an interrupt (Kernel/Traps.swift), without devices.
  private static func interrupt(_ vector: UInt8) {
    guard let processor = Processor.current else { return }
    let base = LockCheck.enterInterrupt()
    switch vector {
    case Vector.timer: processor.timerInterrupt(fromUser: false)
    case Vector.preempt: Scheduling.Thread.current.stack.addWork(.reschedule)
    default: break
    }
    LockCheck.leaveInterrupt(base)
  }

  /// After how many seconds a wait is taken for lost. `apus mutate`, which provokes that, makes it short.
  public static let patience = ProcessInfo.processInfo.environment["APUS_TEST_PATIENCE"].flatMap(Double.init) ?? 60

  /// Waits, outside the machine, until `condition` holds; false after `seconds`.
  public static func wait(seconds: Double = HostMachine.patience, until condition: () -> Bool) -> Bool {
    let end = Date(timeIntervalSinceNow: seconds)
    while !condition() {
      if Date() > end { return false }
      usleep(200)
    }
    return true
  }
}

/// Room for a kernel stack's flags; on the host nothing else of a stack is used.
enum BootStack {
  static func make() -> KernelStack {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 1024, alignment: 64)
    bytes.initializeMemory(as: UInt8.self, repeating: 0, count: 1024)
    return KernelStack(top: UInt64(UInt(bitPattern: bytes)) + 1024, length: 1024)
  }
}

/// A kernel thread that runs a closure, and says when it has ended.
public final class HostThread: Scheduling.Thread, @unchecked Sendable {
  private static let numbers = Atomic<Int32>(1)
  private let body: Mutex<(@Sendable () -> Void)?>
  private let memory: UnsafeMutableRawPointer
  private let ended = Atomic<Bool>(false)
  /// Threads that were reaped, in all.
  public static let reaped = Atomic<Int>(0)

  /// Whether its body has returned.
  public var hasEnded: Bool { ended.load(ordering: .acquiring) }

  private init(_ body: @escaping @Sendable () -> Void) {
    self.body = Mutex(body)
    memory = .allocate(byteCount: 1024, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: 1024)
    super.init(
      identifier: HostThread.numbers.add(1, ordering: .relaxed).newValue,
      stack: KernelStack(top: UInt64(UInt(bitPattern: memory)) + 1024, length: 1024))
  }

  deinit { memory.deallocate() }

  /// Starts a thread of the kernel that runs `body`. On `cpu` only, where that is given.
  @discardableResult
  public static func start(on cpu: Int? = nil, _ body: @escaping @Sendable () -> Void) -> HostThread {
    let thread = HostThread(body)
    if let cpu {
      var only = CPUSet()
      only.insert(cpu)
      thread.setAffinity(only)
    }
    Scheduler.start(thread)
    return thread
  }

  /// A thread that is not started: for tests of what holds threads.
  public static func unstarted() -> HostThread { HostThread({}) }

  /// Lets go of the body, and of what it captured.
  public func forget() { body.withLock { $0 = nil } }

  public override func main() {
    body.withLock { $0 }?()
    ended.store(true, ordering: .releasing)
  }

  public override func reap() {
    stack.end()
    HostThread.reaped.add(1, ordering: .relaxed)
  }

  /// Waits, outside the machine, until all of `threads` have ended; false when that takes too long.
  public static func join(_ threads: [HostThread], seconds: Double = HostMachine.patience) -> Bool {
    HostMachine.wait(seconds: seconds) { threads.allSatisfy(\.hasEnded) }
  }
}

/// A number that several threads change.
public final class Count: Sendable {
  private let number = Atomic<Int>(0)
  public init() {}
  public func add(_ more: Int = 1) { number.add(more, ordering: .sequentiallyConsistent) }
  public var value: Int { number.load(ordering: .sequentiallyConsistent) }
}

/// Where threads wait for each other before they begin, so that they run at the same time.
public final class StartLine: Sendable {
  private let expected: Int
  private let arrived = Count()
  public init(_ expected: Int) { self.expected = expected }
  public func cross() {
    arrived.add()
    while arrived.value < expected {
      Machine.pause()
      Scheduler.yield()
    }
  }
}
