import Glibc
import Lab

/// Where the kernel's instructions of one benchmark go: the machine is run twice, with and without the benchmark, by a
/// QEMU that counts each instruction of the kernel (`Sources/Profiler`), and the difference is told by function.
struct Profile {
  let runs: BenchmarkRuns
  let settings: MachineSettings
  let timeout: Double

  /// How many samples a benchmark takes, warm-up included (`Meter.measure`): the figures are for one sample.
  static let samples = 126.0

  /// The report on the benchmark `name`.
  func text(of name: String) throws -> String {
    let plugin = try Self.plugin()
    let without = try counts(BenchmarkRuns(program: runs.program, names: ["null"], isChecked: runs.isChecked), plugin)
    let with = try counts(BenchmarkRuns(program: runs.program, names: ["null", name], isChecked: runs.isChecked), plugin)
    var spent: [(address: UInt64, count: UInt64)] = []
    for (address, count) in with where address != 0 {
      let before = without[address] ?? 0
      // What happens now and then, such as a tick, is not the benchmark's.
      if count >= before + UInt64(Self.samples / 4) { spent.append((address, count - before)) }
    }
    spent.sort { $0.address < $1.address }
    let places = Symbolizer(kernel: settings.kernel).places(inPieces: spent.map { $0.address })
    var functions = Tally()
    var lines = Tally()
    for (one, stack) in zip(spent, places) {
      functions.add(one.count, stack.last?.function ?? "?")
      lines.add(one.count, stack.first.map { "\($0.function) (\($0.file):\($0.line))" } ?? "?")
    }
    let all = Double(spent.reduce(0) { $0 + $1.count }) / Self.samples
    return "\(name): \(Int(all.rounded())) instructions of the kernel for each sample, setting up included\n\n"
      + "by function, with what is inlined in it\n" + functions.text(40)
      + "\nby function and line of the source\n" + lines.text(60)
  }

  private func counts(_ runs: BenchmarkRuns, _ plugin: String) throws -> [UInt64: UInt64] {
    let file = "\(try Places.cache())/profile-\(getpid()).txt"
    defer { unlink(file) }
    _ = try runs.onApus(settings: settings, timeout: timeout, plugin: "\(plugin),out=\(file)")
    var result: [UInt64: UInt64] = [:]
    for line in try Files.text(file).split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, let address = UInt64(words[0], radix: 16), let count = UInt64(words[1]) { result[address] = count }
    }
    return result
  }

  /// The plugin, compiled when its source has changed.
  private static func plugin() throws -> String {
    let folder = "\(Places.repository)/.build/profiler"
    let product = "\(folder)/count.so"
    let stamp = try Stamp("\(folder)/stamp", of: ["Sources/Profiler"])
    if stamp.isCurrent, Files.exists(product) { return product }
    guard let compiler = Symbolizer.toolchainProgram("clang") else { throw Failure("clang, which comes with Swift, is not there") }
    try Files.makeDirectory(folder)
    let source = "\(Places.repository)/Sources/Profiler/count.c"
    let result = try Subprocess.run(
      [compiler, "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-Wall", "-Werror", "-o", product, source])
    guard result.end == .exited(0) else { throw Failure("the profiler's plugin does not compile:\n\(result.everything)") }
    try stamp.keep()
    return product
  }
}

/// Counts by name.
struct Tally {
  private var counts: [String: UInt64] = [:]

  mutating func add(_ count: UInt64, _ name: String) { counts[name, default: 0] += count }

  /// The `limit` largest, largest first, each for one sample.
  func text(_ limit: Int) -> String {
    let order = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
    return order.prefix(limit).map { name, count in
      let tenths = String(Int((Double(count) * 10 / Profile.samples).rounded()))
      let padded = tenths.count < 2 ? "0\(tenths)" : tenths
      let figure = "\(padded.dropLast()).\(padded.suffix(1))"
      return figure.rightAligned(9) + "  " + name + "\n"
    }.joined()
  }
}
