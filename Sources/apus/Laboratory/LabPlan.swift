import Lab

/// What a session of the lab is to run.
struct LabPlan {
  static let allWorkloads = ["scheduler", "files", "faults", "mixed"]
  static let allCPUs = [1, 2, 4, 8, 20]

  var workloads = allWorkloads
  var regimes = LabResult.Regime.allCases
  var cpus = allCPUs
  var isQuick = false
  var seed: UInt64 = 1
  var handOff = HandOff.ticket
  /// What the transfer of a cache line takes, in instructions.
  var lineTransfer: Double
  var accelerator = Accelerator.auto
  var machine = MachineKind.microvm

  /// How long a measured run's workers work.
  var milliseconds: Int { isQuick ? 300 : 1000 }
  /// Operations of each worker where the records of all are to be kept.
  var tracedOperations: Int { isQuick ? 40 : 150 }
  /// Workers on the one CPU whose path is taken: enough to tell the locks that they share from their own.
  var pathWorkers: Int { 4 }
  /// CPUs of the runs whose queues are watched.
  var watchedCPUs: Int { cpus.contains(4) ? 4 : cpus.max() ?? 4 }
  /// The workload that the bus view shows.
  var replayed: String { workloads.contains("mixed") ? "mixed" : workloads[0] }

  /// Machines to start, for the progress line.
  var machines: Int { workloads.count * regimes.count * (cpus.count + 2) }
}
