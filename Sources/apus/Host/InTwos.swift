import Glibc
import Synchronization

/// Runs `work` on each item, first come first served, on two threads: as many as the machines that Apus is built on
/// have cores. Returns when all are done.
func inTwos<Item: Sendable>(_ items: [Item], _ work: @escaping @Sendable (Item) -> Void) {
  let waiting = Queue(items)
  let threads = (0..<2).map { _ in startThread { while let item = waiting.next() { work(item) } } }
  for thread in threads { pthread_join(thread, nil) }
}

private final class Queue<Item: Sendable>: Sendable {
  private let items: Mutex<ArraySlice<Item>>
  init(_ items: [Item]) { self.items = Mutex(items[...]) }
  func next() -> Item? { items.withLock { $0.popFirst() } }
}

/// A thread that runs a closure.
private func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
  final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  pthread_create(&thread, nil, { Unmanaged<Box>.fromOpaque($0!).takeRetainedValue().body(); return nil },
    Unmanaged.passRetained(Box(body)).toOpaque())
  return thread
}
