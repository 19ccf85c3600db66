import ArgumentParser

/// The options that describe a machine, common to `run` and `debug`.
struct MachineOptions: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("CPUs, 1 to 255.", valueName: "n"))
  var cpus = 4

  @Option(name: .long, help: ArgumentHelp("Memory, 64M to 64G.", valueName: "size"))
  var memory = MemorySize(mebibytes: 512)

  @Option(
    name: .long, help: ArgumentHelp("Which locks are real: fine, split or big.", valueName: "regime"),
    transform: LockRegime.parse)
  var locks = LockRegime.fine

  @Option(name: .long, help: ArgumentHelp("microvm or q35.", valueName: "machine"))
  var machine = MachineKind.microvm

  @Option(name: .long, help: ArgumentHelp("auto, kvm or tcg.", valueName: "accelerator"))
  var accel = Accelerator.auto

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The root: a directory or a cpio archive (newc, also gzipped). Default: Debian's busybox.", valueName: "path"))
  var root: String?

  @Option(
    name: .long,
    help: ArgumentHelp("End the run after so long, with status 124.", valueName: "seconds"))
  var timeout: Double?

  @Flag(name: .long, help: "Show the kernel's log on stderr, and the system calls it did not know.")
  var verbose = false

  @Flag(name: .long, help: "Start the kernel that checks lock order and invariants, as the tests do.")
  var checked = false

  @Option(name: .customLong("append"), help: .hidden)
  var kernelWords: [String] = []

  @Option(name: .customLong("plugin"), help: .hidden)
  var plugin: String?

  @Flag(name: .customLong("icount"), help: .hidden)
  var countsInstructions = false

  func validate() throws {
    guard (1...255).contains(cpus) else { throw ValidationError("--cpus must be 1 to 255, not \(cpus)") }
    guard (64...65536).contains(memory.mebibytes) else {
      throw ValidationError("--memory must be 64M to 64G, not \(memory)")
    }
    if let timeout, !(timeout > 0 && timeout < 1e9) { throw ValidationError("--timeout must be more than 0 seconds") }
    if countsInstructions && cpus != 1 { throw ValidationError("--icount works with --cpus 1 only") }
  }

  /// The machine these options describe; builds the kernel if need be.
  func settings() throws -> MachineSettings {
    let kernel = try KernelImage.path(checked: checked)
    let accelerator = countsInstructions ? .tcg : try accel.resolved(kernel: kernel)
    return MachineSettings(
      cpus: cpus, memory: memory.mebibytes, locks: locks, kind: machine, accelerator: accelerator,
      kernel: kernel, kernelWords: kernelWords + (verbose ? ["verbose"] : []),
      countsInstructions: countsInstructions, plugin: plugin)
  }

  /// The root, refused when it cannot fit: it is in memory twice while it is unpacked.
  func openRoot() throws -> RootImage {
    let image = try RootImage.open(root)
    let needed = 2 * ((image.size >> 20) + 1) + 32
    guard memory.mebibytes >= needed else {
      throw Failure("this root needs --memory \(needed)M at least", status: ExitStatus.usage)
    }
    return image
  }
}
