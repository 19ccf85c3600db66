// Stand-ins until Locking, Scheduling and Memory are on main: to be deleted then.
import Basics

public enum LockClass { case openFilePosition, nameTree, fileSystemContext }
public final class SpinLock<State> {
  var state: State
  public init(_ c: LockClass, _ s: State) { state = s }
  public func withLock<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R { try body(&state) }
}
public final class SleepLock<State> {
  var state: State
  public init(_ c: LockClass, _ s: State) { state = s }
  public func withLock<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R { try body(&state) }
}
public struct UserSink: ~Copyable {}
public struct UserSource: ~Copyable {}
public final class PollTable {}
public struct PollEvents: OptionSet {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
  @inlinable public static var alwaysReady: PollEvents { PollEvents(rawValue: 5) }
}
public struct Frame { public var number: UInt32 }
public protocol Pager: AnyObject {}
