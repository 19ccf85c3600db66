/// A program's fault as the CPU told it: vector, error code, and for page faults the address.
public struct FaultRecord: Sendable {
  public var trap: UInt64 = 0
  public var error: UInt64 = 0
  public var address: UInt64 = 0

  public init() {}
}
