import Machine
import Memory
import Scheduling

extension System {
  /// Goes on with the page tables of `context` on this CPU.
  func load(_ context: SwitchContext) {
    let were = Machine.disableInterrupts()
    Scheduler.load(context)
    Machine.restoreInterrupts(were)
  }
}
