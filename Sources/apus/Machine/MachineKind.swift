/// The two machines of QEMU that Apus starts on.
enum MachineKind: String, CaseIterable {
  /// No firmware to speak of, no PCI: devices are virtio-mmio. The fastest to start.
  case microvm
  /// A PC: ACPI, PCI.
  case q35
}

/// Which locks are real (see ARCHITECTURE.md).
enum LockRegime: String, CaseIterable {
  case fine, split, big
}

/// Everything that describes a virtual machine before it is started.
struct MachineSettings {
  var cpus = 4
  /// MiB.
  var memory = 512
  var locks = LockRegime.fine
  var kind = MachineKind.microvm
  /// Resolved: not `auto`.
  var accelerator = Accelerator.tcg
  var kernel: String
  /// Further words for the kernel's command line.
  var kernelWords: [String] = []
  /// Makes instruction counts repeatable: an instruction takes 2 to the power of `countShift` nanoseconds of guest time.
  /// One CPU only, but for kernels that never wait for time.
  var countsInstructions = false
  var countShift = 0
  /// One of QEMU's plugins, with its arguments.
  var plugin: String? = nil
  /// A descriptor of a file that becomes the machine's memory, so that it can be looked at from outside.
  var memoryFile: Int32? = nil
  /// A gdb server at this Unix socket; the machine waits for it at its first instruction.
  var debugSocket: String? = nil
}
