/// What it takes for a cache line to go from one CPU to another: published measurements, and what the models make of them.
///
/// The models count in instructions, and measurements are in time. An instruction that no other CPU is waited for takes
/// about a cycle in a kernel's code (between a half and two); one for one is what is assumed here, so the default is known
/// to a factor of two at best. Cross it with `--transfer`.
public struct LineTransfer: Sendable {
  public let machine: String
  /// Half a round trip of one line between two cores that compare and exchange it, the median over pairs of cores.
  public let nanoseconds: Double
  /// Of the cores while they were measured: their nominal clock.
  public let gigahertz: Double

  /// Cycles of the core, and so the models' instructions.
  public var cycles: Double { nanoseconds * gigahertz }

  /// Cores of one socket. Source: github.com/nviennot/core-to-core-latency, README.md (0dddf50), a c6i.metal of AWS; what
  /// is measured is in its src/bench/cas.rs.
  public static let iceLake = LineTransfer(machine: "Xeon Platinum 8375C", nanoseconds: 51, gigahertz: 2.9)
  /// Cores of different sockets of the same machine; the same source.
  public static let iceLakeSockets = LineTransfer(machine: "two Xeon Platinum 8375C", nanoseconds: 108, gigahertz: 2.9)

  /// Instructions, where nobody says otherwise: `iceLake`, rounded to tens.
  public static let defaultInstructions = 150.0
}
