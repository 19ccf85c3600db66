import Locking
import Machine
import Memory
import Synchronization

/// CPU 0 frees a piece of memory, CPU 1 misuses it, CPU 0 goes on: the checked kernel stops, and names both.
final class MisuseRun: Sendable {
  private let kind: MadeMisuse
  /// Where the memory is; 0 until CPU 0 has freed it.
  private let place = Atomic<UInt64>(0)
  private let done = Atomic<Bool>(false)

  init(_ kind: MadeMisuse) { self.kind = kind }

  /// As `experiment=` has it.
  static func name(_ kind: MadeMisuse) -> StaticString {
    switch kind {
    case .heapWriteAfterFree: "misuse-heap-write"
    case .heapFreedTwice: "misuse-heap-twice"
    case .heapOverrun: "misuse-heap-overrun"
    case .frameWriteAfterFree: "misuse-frame-write"
    case .frameFreedTwice: "misuse-frame-twice"
    }
  }

  /// The running CPU's part. Does nothing on a machine with one CPU but for the freeing.
  func takePart() {
    switch Machine.cpu {
    case 0:
      freeAndWait()
      kind.goOn()
    case 1:
      BigKernelLock.leave()
      while place.load(ordering: .acquiring) == 0 { Machine.pause() }
      kind.misuse(place.load(ordering: .acquiring))
      done.store(true, ordering: .releasing)
    default: break
    }
  }

  @inline(never) private func freeAndWait() {
    place.store(kind.begin(), ordering: .releasing)
    let until = Machine.now() &+ 2_000_000_000
    while !done.load(ordering: .acquiring), Machine.now() < until { Machine.pause() }
  }
}
