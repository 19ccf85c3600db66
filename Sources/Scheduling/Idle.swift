import Locking
import Machine
import Synchronization

/// The thread a CPU runs when it has no other: the flow of control that started the CPU.
final class IdleThread: Thread {}

extension Scheduler {
  /// Makes the running flow of control the idle thread of this CPU, which is then online. Once per CPU, with
  /// interrupts off.
  ///
  /// - Parameter context: the kernel's own page tables, which the CPU loads
  public static func adopt(_ table: ProcessorTable, bootStack: KernelStack, context: SwitchContext) {
    let cpu = Machine.cpu
    let processor = table.processors[cpu]
    let idle = IdleThread(identifier: 0, stack: bootStack)
    Retained.keep(idle)
    idle.state.set(.running)
    idle.owner.idles()
    idle.lastCPU.store(cpu, ordering: .relaxed)
    processor.idleThread = idle
    processor.home = context
    Current.setScheduler(table)
    Current.setProcessor(processor)
    Current.setThread(idle)
    bootStack.makeCurrent(fsBase: 0, gsBase: 0)
    load(context)
    table.answering.insert(cpu)
    table.online.insert(cpu)
  }

  /// What an idle CPU does: looks for work, then halts until an interrupt. Never returns; the CPU leaves and
  /// comes back by context switches.
  public static func idle() -> Never {
    guard let table, let processor = Processor.current, let thread = processor.idleThread else {
      Machine.panic("idle before the processor is set up")
    }
    while true {
      _ = Machine.disableInterrupts()
      if processor.isLeaving { standAside(processor, table) }
      runOthers(from: thread)
      // Announce idleness, then look once more: a waker queues first and looks for the announcement after.
      table.idle.insert(processor.index)
      if processor.queued.load(ordering: .sequentiallyConsistent) == 0, !processor.isLeaving {
        processor.enterIdle()
        BigKernelLock.leave()
        Trace.beginsIdle()
        Machine.haltUntilInterrupt()
        _ = Machine.disableInterrupts()
        Trace.endsIdle()
        BigKernelLock.enter()
        processor.times.endIdle()
      }
      table.idle.remove(processor.index)
    }
  }

  /// Runs other threads until there are none. Interrupts are off.
  private static func runOthers(from thread: Thread) {
    thread.stack.removeWork(.reschedule)
    switchAway(from: thread)
  }

  /// Where a new thread begins, on its own stack, with interrupts off.
  static func begin() -> Never {
    finishSwitch()
    Machine.enableInterrupts()
    Current.withThread(Thread.self) { $0.main() }
    exit()
  }
}

/// entry.S, on the host host_switch.c, goes here from a new thread's first switch.
@c(apus_thread_start) public func threadStart() -> Never { Scheduler.begin() }

extension Processor {
  /// Ticks stop. Interrupts are off.
  func enterIdle() {
    setBusy(false)
    times.beginIdle()
  }

  /// Ticks go on. Interrupts are off.
  func leaveIdle() {
    times.endIdle()
    setBusy(true)
  }
}
