// swift-tools-version: 6.2
// Apus's own user programs: small static Linux binaries in Embedded Swift, which run on Linux and on Apus
// alike, so that Linux can be the control of every measurement and every check.
//
//   swift build --package-path Sources/Workloads --scratch-path .build/workloads -c release \
//     --triple x86_64-unknown-linux-gnu --toolset Toolsets/workloads.json
//
// A package of its own, because its flags (Embedded Swift *with* a libc) fit neither the kernel nor the host
// tool. These are user programs that provoke a kernel on purpose: strict memory safety is not asked of them.
import PackageDescription

let package = Package(
  name: "Workloads",
  targets: [
    .target(name: "CLinux", path: "CLinux"),
    .target(name: "Harness", dependencies: ["CLinux"], path: "Harness"),
  ]
    + ["bench", "busy", "conformance", "hostile", "lab", "storm"].map {
      .executableTarget(name: $0, dependencies: ["Harness", "CLinux"], path: $0)
    }
)
