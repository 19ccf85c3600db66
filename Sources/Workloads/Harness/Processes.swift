// Children and threads with Swift closures.
import CLinux

/// Forks; the child runs the body and ends with its result.
public func child(_ body: () -> Int32) -> Int32 {
  let pid = fork()
  if pid == 0 { _exit(body()) }
  return pid
}

/// Waits for the child (through signals): its status word, or -errno.
@discardableResult
public func reap(_ pid: Int32, _ options: Int32 = 0) -> Int {
  var status: Int32 = 0
  while true {
    let r = result(waitpid(pid, &status, options))
    if r == -Int(EINTR) { continue }
    return r < 0 ? r : Int(status)
  }
}

/// Forks, waits, answers the exit code; 256 + n when signal n ended it; negative: -errno.
public func run(_ body: () -> Int32) -> Int {
  let pid = child(body)
  if pid < 0 { return -Int(errno_get()) }
  return outcome(reap(pid))
}

/// A status word as an exit code, 256 + n for signal n.
public func outcome(_ status: Int) -> Int {
  if status < 0 { return status }
  return status & 0x7f == 0 ? status >> 8 & 0xff : 256 + status & 0x7f
}

/// A pipe's two ends.
public struct Pipe {
  public let read: Int32
  public let write: Int32
  public init(flags: Int32 = 0) {
    var ends: (Int32, Int32) = (-1, -1)
    let r = withUnsafeMutableBytes(of: &ends) { pipe2($0.baseAddress!.assumingMemoryBound(to: Int32.self), flags) }
    if r != 0 { fail("pipe2: errno \(errno_get())") }
    (read, write) = ends
  }
  public func close() {
    CLinux.close(read)
    CLinux.close(write)
  }
}

/// A thread of the C library that runs a closure.
public struct Worker {
  final class Box {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }
  let id: pthread_t

  /// Starts the thread; nil when the kernel gives none.
  public init?(_ body: @escaping () -> Void) {
    var id = pthread_t()
    let box = Unmanaged.passRetained(Box(body)).toOpaque()
    let r = pthread_create(
      &id, nil,
      { context in
        Unmanaged<Box>.fromOpaque(context!).takeRetainedValue().body()
        return nil
      }, box)
    if r != 0 {
      Unmanaged<Box>.fromOpaque(box).release()
      return nil
    }
    self.id = id
  }
  public func join() { pthread_join(id, nil) }
}
