import Glibc

/// The machine of `lab race`: nothing but CPUs, memory and a log, under QEMU's instruction counting. There a virtual CPU
/// is left only where it pauses or halts, so what happens depends on the seed alone.
struct RaceExperiment {
  let kernel: String
  let cpus: Int
  let seed: UInt64
  /// `none` or a regime.
  let locks: String
  let rounds: UInt64

  /// An instruction takes 2^5 ns of the guest's time: with less, QEMU gives each CPU turns that end by themselves.
  static let countShift = 5

  func report(timeout: Double) throws -> RaceReport {
    var settings = MachineSettings(cpus: cpus, memory: 256, kernel: kernel)
    settings.countsInstructions = true
    settings.countShift = Self.countShift
    // Of two words `locks=` the kernel takes the last.
    settings.kernelWords = ["experiment=race", "seed=\(seed)", "rounds=\(rounds)", "locks=\(locks)"]
    let arguments = QemuArguments(settings, initrd: nil)
    let result = try Subprocess.run(arguments.list + ["-serial", "stdio"], timeout: timeout)
    if case .killed(SIGKILL) = result.end {
      throw Failure("the experiment did not end in \(timeout) seconds", status: ExitStatus.timeout)
    }
    if let panic = PanicReport(log: result.text) {
      throw Failure("kernel panic: \(panic.message)", status: ExitStatus.panic)
    }
    guard let report = RaceReport(log: result.text, of: self) else {
      throw Failure("the experiment ended without saying what came of it: \(result.everything)")
    }
    return report
  }
}
