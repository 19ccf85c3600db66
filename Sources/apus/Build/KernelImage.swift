import Glibc

/// The bootable kernel, built when its sources have changed.
enum KernelImage {
  /// The rooms of the kernel: every source folder but the host tool's and the user programs'.
  static let rooms: [String] = {
    let others: Set<String> = ["apus", "Workloads", "Lab", "CHost", "Profiler"]
    let names = (try? Files.names(in: "\(Places.repository)/Sources")) ?? []
    return names.filter { !others.contains($0) }
  }()

  /// The path of the ELF file.
  ///
  /// - Parameter checked: with lock ranks and invariants verified at run time, the kernel that the tests boot
  static func path(checked: Bool) throws -> String {
    if let given = Host.environment("APUS_KERNEL") { return given }
    let repository = Places.repository
    let scratch = "\(repository)/Image/.build" + (checked ? "-checked" : "")
    let product = "\(scratch)/x86_64-unknown-none-elf/release/Kernel"
    let toolset = checked ? "Toolsets/x86_64-checked.json" : "Toolsets/x86_64.json"
    try SwiftBuild.run(
      checked ? "checked kernel" : "kernel",
      arguments: [
        "--package-path", "\(repository)/Image", "--triple", "x86_64-unknown-none-elf",
        "--toolset", "\(repository)/\(toolset)", "-c", "release", "--product", "Kernel",
      ],
      scratch: scratch, sources: rooms.map { "Sources/\($0)" } + ["Image", "Toolsets", "Package.swift"],
      product: product)
    return product
  }
}

/// The user programs of `Sources/Workloads`: static ELF files that run on Apus and on Linux alike.
enum Workloads {
  static func path(_ name: String) throws -> String {
    let repository = Places.repository
    let scratch = "\(repository)/.build/workloads"
    let product = "\(scratch)/x86_64-unknown-linux-gnu/release/\(name)"
    try SwiftBuild.run(
      "user programs",
      arguments: [
        "--package-path", "\(repository)/Sources/Workloads", "-c", "release",
        "--triple", "x86_64-unknown-linux-gnu", "--toolset", "\(repository)/Toolsets/workloads.json",
      ],
      scratch: scratch, sources: ["Sources/Workloads", "Toolsets"], product: product)
    return product
  }
}
