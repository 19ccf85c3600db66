import Basics
import Locking
import Machine
import Memory
import Scheduling
import Synchronization

/// CPU 0 does something with a thread that CPU 1 does too, or keeps what it let go of, or takes down an address space
/// that still counts a page: the checked kernel stops, and names both.
final class DisorderRun: @unchecked Sendable {
  private let kind: MadeDisorder?
  /// The thread; made by CPU 0, and kept.
  private var thread: Thread?
  private let done = Atomic<Bool>(false)
  private let begun = Atomic<Bool>(false)

  /// `kind`: nil for the address space.
  init(_ kind: MadeDisorder?) { self.kind = kind }

  /// As `experiment=` has it.
  static func name(_ kind: MadeDisorder) -> StaticString {
    switch kind {
    case .threadPickedTwice: "disorder-picked"
    case .threadQueuedTwice: "disorder-queued"
    case .threadLostFromQueue: "disorder-lost"
    case .objectKept: "disorder-kept"
    }
  }

  /// The running CPU's part.
  func takePart() {
    switch Machine.cpu {
    case 0: kind == nil ? takeDownCounted() : begin()
    case 1:
      guard kind != nil, kind != .objectKept else { return }
      BigKernelLock.leave()
      while !begun.load(ordering: .acquiring) { Machine.pause() }
      if let thread { kind?.goOn(thread) }
      done.store(true, ordering: .releasing)
    default: break
    }
  }

  @inline(never) private func begin() {
    guard let stack = KernelStacks.allocate() else { Machine.panic("no memory") }
    let thread = Thread(identifier: 1 << 20, stack: stack)
    self.thread = thread
    kind?.begin(thread)
    begun.store(true, ordering: .releasing)
    if kind == .objectKept { return }
    let until = Machine.now() &+ 2_000_000_000
    while !done.load(ordering: .acquiring), Machine.now() < until { Machine.pause() }
  }

  private func takeDownCounted() {
    do throws(Errno) {
      let space = try AddressSpace.make()
      try space.missPage()
      space.destroy()
    } catch { Machine.panic("no memory") }
  }
}
