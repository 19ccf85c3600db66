import Locking

/// Is told of every wake-up of the queue that it is attached to, until it is detached: what epoll is made of.
open class QueueObserver: Waiter {
  private final let queue: WaitQueue

  /// Attaches it. The queue keeps it alive until `detach()`.
  public init(_ queue: WaitQueue) {
    self.queue = queue
    super.init()
    queue.register(self)
  }

  /// The queue was woken. Runs under the queue's lock, in any context: it may set atomics and wake queues made with
  /// `wokenByObservers`, nothing else.
  open func notify() {}

  override final func fire() -> Bool {
    notify()
    return true
  }

  /// Ends it. No `notify` is under way or comes after this.
  public final func detach() { queue.unregister(self) }
}
