import Machine

/// The objects that belong to the running CPU, kept unretained in its block: each outlives its stay there.
/// The rooms above give them their types.
public enum Current {
  /// The running thread, or nil before there is one.
  @inline(__always) public static func thread<T: AnyObject>(_ type: T.Type) -> T? {
    guard let pointer = unsafe Machine.block.pointee.thread else { return nil }
    return unsafe Unmanaged<T>.fromOpaque(pointer).takeUnretainedValue()
  }
  /// Runs `body` with the running thread, holding no reference to it: for what may never return, and for what must not
  /// pay for counting. The thread stays: `body` runs on it, and the block's own reference goes only when it is switched
  /// away from, to the CPU's `previous_thread`, or the scheduler's when it has ended.
  @inline(__always)
  public static func withThread<T: AnyObject, Result, Failure: Error>(
    _ type: T.Type, _ body: (T) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let pointer = unsafe Machine.block.pointee.thread else { Machine.panic("no current thread") }
    return try unsafe Unmanaged<T>.fromOpaque(pointer).borrow(body)
  }
  /// The same where there may be none yet (early boot, host tests): nil then.
  @inline(__always)
  public static func withThreadIfAny<T: AnyObject, Result>(_ type: T.Type, _ body: (T) -> Result) -> Result? {
    guard let pointer = unsafe Machine.block.pointee.thread else { return nil }
    return unsafe Unmanaged<T>.fromOpaque(pointer).borrow(body)
  }
  /// Makes `thread` the first thread of this CPU. The block holds a reference to the thread that runs.
  @inline(__always) public static func setThread<T: AnyObject>(_ thread: T) {
    unsafe Machine.block.pointee.thread = Unmanaged.passRetained(thread).toOpaque()
  }
  /// Makes `next` the running thread; the reference to the one before moves to where `takePrevious` finds it.
  /// Nothing is counted up or down: the stack this is called on may never run again.
  @inline(__always) public static func changeThread<T: AnyObject>(to next: consuming T) {
    let block = unsafe Machine.block
    unsafe block.pointee.previous_thread = block.pointee.thread
    unsafe block.pointee.thread = Unmanaged.passRetained(next).toOpaque()
  }

  /// The thread this CPU ran before its last context switch; taken once.
  @inline(__always) public static func takePrevious<T: AnyObject>(_ type: T.Type) -> T? {
    guard let pointer = unsafe Machine.block.pointee.previous_thread else { return nil }
    unsafe Machine.block.pointee.previous_thread = nil
    return unsafe Unmanaged<T>.fromOpaque(pointer).takeRetainedValue()
  }

  /// The address space whose tables this CPU has loaded.
  @inline(__always) public static func isActiveContext<T: AnyObject>(_ context: T) -> Bool {
    unsafe Machine.block.pointee.active_context == Unmanaged.passUnretained(context).toOpaque()
  }
  @inline(__always) public static func activeContext<T: AnyObject>(_ type: T.Type) -> T? {
    guard let pointer = unsafe Machine.block.pointee.active_context else { return nil }
    return unsafe Unmanaged<T>.fromOpaque(pointer).takeUnretainedValue()
  }
  /// Runs `body` with the space whose tables are loaded, if there is one, holding no reference of its own: the block has
  /// one, which only this CPU gives up, in `setActiveContext`.
  @inline(__always) public static func withActiveContext<T: AnyObject>(_ type: T.Type, _ body: (T) -> Void) {
    guard let pointer = unsafe Machine.block.pointee.active_context else { return }
    unsafe Unmanaged<T>.fromOpaque(pointer).borrow(body)
  }
  /// The block holds a reference to it: an idle CPU keeps the tables of a space whose last thread has gone.
  @inline(__always) public static func setActiveContext<T: AnyObject>(_ context: T) {
    let block = unsafe Machine.block
    let old = unsafe block.pointee.active_context
    unsafe block.pointee.active_context = Unmanaged.passRetained(context).toOpaque()
    if let old = unsafe old { unsafe Unmanaged<T>.fromOpaque(old).release() }
  }

  /// Scheduling's object for this CPU.
  @inline(__always) public static func processor<T: AnyObject>(_ type: T.Type) -> T? {
    guard let pointer = unsafe Machine.block.pointee.processor else { return nil }
    return unsafe Unmanaged<T>.fromOpaque(pointer).takeUnretainedValue()
  }
  /// Runs `body` with it, uncounted: a processor lives as long as the kernel.
  @inline(__always)
  public static func withProcessor<T: AnyObject, Result>(_ type: T.Type, _ body: (T) -> Result) -> Result? {
    guard let pointer = unsafe Machine.block.pointee.processor else { return nil }
    return unsafe Unmanaged<T>.fromOpaque(pointer).borrow(body)
  }
  @inline(__always) public static func setProcessor<T: AnyObject>(_ processor: T) {
    unsafe Machine.block.pointee.processor = Unmanaged.passUnretained(processor).toOpaque()
  }

  /// Scheduling's table of all CPUs.
  @inline(__always) public static func scheduler<T: AnyObject>(_ type: T.Type) -> T? {
    guard let pointer = unsafe Machine.block.pointee.scheduler else { return nil }
    return unsafe Unmanaged<T>.fromOpaque(pointer).takeUnretainedValue()
  }
  /// Runs `body` with it, uncounted: the table lives as long as the kernel.
  @inline(__always)
  public static func withScheduler<T: AnyObject, Result>(_ type: T.Type, _ body: (T) -> Result) -> Result? {
    guard let pointer = unsafe Machine.block.pointee.scheduler else { return nil }
    return unsafe Unmanaged<T>.fromOpaque(pointer).borrow(body)
  }
  @inline(__always) public static func setScheduler<T: AnyObject>(_ table: T) {
    unsafe Machine.block.pointee.scheduler = Unmanaged.passUnretained(table).toOpaque()
  }

  /// The one Kernel object.
  @inline(__always) public static func kernel<T: AnyObject>(_ type: T.Type) -> T? {
    guard let pointer = unsafe Machine.block.pointee.kernel else { return nil }
    return unsafe Unmanaged<T>.fromOpaque(pointer).takeUnretainedValue()
  }
  @inline(__always) public static func setKernel<T: AnyObject>(_ kernel: T) {
    unsafe Machine.block.pointee.kernel = Unmanaged.passUnretained(kernel).toOpaque()
  }
}

/// A reference that is held by hand, where the owner is not a variable: a started thread belongs to the
/// scheduler until it has ended.
public enum Retained {
  @inline(__always) public static func keep<T: AnyObject>(_ object: T) { _ = unsafe Unmanaged.passRetained(object) }
  @inline(__always) public static func drop<T: AnyObject>(_ object: T) { unsafe Unmanaged.passUnretained(object).release() }
}
