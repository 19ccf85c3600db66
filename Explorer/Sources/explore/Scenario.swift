import CExplorer

/// What one execution does: made anew for each schedule, on CPU 0 and before any simulated CPU runs.
struct Execution {
  /// What each CPU does.
  var bodies: [() -> Void]
  /// What a CPU does on interrupt; the vector is its argument.
  var interrupt: (UInt8) -> Void = { _ in }
  /// Looks at what came out, when every CPU has ended or idles: nil when the property holds, else what is wrong.
  var check: () -> String? = { nil }
}

/// Code of the kernel under the explorer, and the property that no schedule may break.
struct Scenario {
  let name: String
  let property: String
  var cpus = 2
  /// Preemptions in one schedule that the exhaustive search goes up to.
  var bound = 3
  /// Loads in one schedule that may see an older store than the last.
  var stale = 1
  /// Whether schedules that differ only in the order of independent steps are left out: not where interrupts matter.
  var reduces = true
  /// Whether a kick runs `interrupt` with vector 2 on its CPU, as the NMI does; else it only ends halts.
  var handlesKicks = false
  /// Whether hardware timers go off when the clock, which the scenario advances, reaches their deadlines; else only when the
  /// scenario sends the interrupt.
  var timers = false
  /// Whether unordered plain accesses are failures.
  var races = true
  let make: () -> Execution
}

/// The property is broken here and now.
func violate(_ text: String) {
  text.withCString { explorer_fail($0) }
}

/// Breaks the property unless `condition` holds.
@inline(__always) func expect(_ condition: Bool, _ text: @autoclosure () -> String) {
  if !condition { violate(text()) }
}
