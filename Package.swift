// swift-tools-version: 6.2
// Apus: the kernel's rooms as libraries, the host tool, and the tests.
//
// The rooms build twice: for x86_64-unknown-none-elf as Embedded Swift (through Image/, with the flags of
// Toolsets/), and as ordinary Swift for the host tests. A room may import only rooms below it; `layers`
// states that order once, and the build checks it (see Toolsets/ and CONTRIBUTING.md).
import PackageDescription

let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableExperimentalFeature("RawLayout"),
  .enableExperimentalFeature("BuiltinModule"),
  .treatAllWarnings(as: .error),
]

/// The kernel's rooms, lowest first, with what each may import.
let layers: [(name: String, imports: [String])] = [
  ("Basics", []),
  ("Machine", ["CX86", "Basics"]),
  ("Locking", ["CX86", "Machine", "Basics"]),
  ("Devices", ["Locking", "Machine", "Basics"]),
  ("Scheduling", ["Devices", "Locking", "Machine", "Basics"]),
  ("Experiments", ["Locking", "Machine", "Basics"]),
  ("Memory", ["Scheduling", "Devices", "Locking", "Machine", "Basics"]),
  ("Files", ["Memory", "Scheduling", "Devices", "Locking", "Machine", "Basics"]),
  ("TmpFS", ["Files", "Memory", "Scheduling", "Devices", "Locking", "Machine", "Basics"]),
  ("Terminals", ["Files", "Memory", "Scheduling", "Devices", "Locking", "Machine", "Basics"]),
  ("Sockets", ["Files", "Memory", "Scheduling", "Devices", "Locking", "Machine", "Basics"]),
  ("DevFS", ["Terminals", "TmpFS", "Files", "Memory", "Scheduling", "Devices", "Locking", "Machine", "Basics"]),
  ("ProcFS", ["Files", "Memory", "Scheduling", "Devices", "Locking", "Machine", "Basics"]),
  (
    "Processes",
    ["ProcFS", "DevFS", "Sockets", "Terminals", "TmpFS", "Files", "Memory", "Scheduling", "Devices", "Locking", "Machine", "Basics"]
  ),
  (
    "LinuxABI",
    [
      "Processes", "ProcFS", "DevFS", "Sockets", "Terminals", "TmpFS", "Files", "Memory", "Scheduling", "Devices", "Locking",
      "Machine", "Basics",
    ]
  ),
  (
    "Kernel",
    [
      "CX86", "Experiments", "LinuxABI", "Processes", "ProcFS", "DevFS", "Sockets", "Terminals", "TmpFS", "Files", "Memory", "Scheduling", "Devices",
      "Locking", "Machine", "Basics",
    ]
  ),
]

/// The tests of rooms with several CPUs (under sanitizers, of mutations) are built by themselves, all of them
/// (`APUS_TESTS=concurrent`) or some (`APUS_TESTS=LockingTests,SchedulingTests`), with the rooms that they need.
let concurrentTests: Set<String> = [
  "LockingTests", "SchedulingTests", "MemoryTests", "FilesTests", "ReadinessTests", "SocketsTests", "TmpFSTests",
  "ProcessesTests", "ExperimentsTests",
]
let asked = Context.environment["APUS_TESTS"]
let isForConcurrentTests = asked != nil
let askedTests = asked == "concurrent" ? concurrentTests : Set((asked ?? "").split(separator: ",").map(String.init))
let askedTargets: Set<String> = askedTests.reduce(into: ["CX86"]) { targets, test in
  let name = String(test.dropLast("Tests".count))
  let room = name == "Readiness" ? "Files" : name
  targets.formUnion(layers.filter { $0.name == room }.flatMap { $0.imports + [$0.name] } + [test])
  if targets.contains("Scheduling") { targets.insert("HostMachine") }
}

let package = Package(
  name: "Apus",
  products: isForConcurrentTests
    ? []
    : [
      .library(name: "Rooms", type: .static, targets: ["Kernel"]),
      // What the schedule explorer runs.
      .library(name: "RoomsExplored", type: .static, targets: ["Processes", "Sockets", "TmpFS"]),
      .library(name: "RoomsOfThreads", type: .static, targets: ["Scheduling"]),
      .executable(name: "apus", targets: ["apus"]),
    ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0")
  ],
  targets: ([
    .target(name: "CX86")
  ]
    + layers.map { layer in
      .target(
        name: layer.name,
        dependencies: layer.imports.map { .init(stringLiteral: $0) },
        swiftSettings: strict)
    } + [
      // What the host makes of a machine's trace; pure, and without the tool.
      .target(
        name: "Lab",
        resources: ["report.css", "report.js", "bus.js"].map { .embedInCode("Report/Page/\($0)") },
        // Simulations and traces of millions of records: minutes without it, and the tool itself is a debug build.
        swiftSettings: [.unsafeFlags(["-O"])]),
      .testTarget(name: "LabTests", dependencies: ["Lab", "Locking"]),
      .testTarget(name: "LockingTests", dependencies: ["Locking", "Machine"]),
      .executableTarget(
        name: "apus",
        dependencies: ["Lab", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
      .testTarget(name: "HostToolTests", dependencies: ["apus"]),
      .testTarget(name: "ExperimentsTests", dependencies: ["HostMachine", "Experiments"]),
      // A machine of the host's threads that schedules, for the tests that need one.
      .target(
        name: "HostMachine", dependencies: ["Scheduling", "Locking", "Machine", "Basics"], path: "Tests/HostMachine"),
      .testTarget(name: "SchedulingTests", dependencies: ["HostMachine", "Scheduling", "Locking", "Machine", "Basics"]),
      .testTarget(
        name: "ProcessesTests",
        dependencies: [
          "HostMachine", "Processes", "TmpFS", "Files", "Memory", "Scheduling", "Devices", "Locking", "Machine", "Basics",
        ]),
      .testTarget(
        name: "FilesTests", dependencies: ["HostMachine", "Files", "Memory", "Scheduling", "Machine", "Basics"]),
      .testTarget(name: "TmpFSTests", dependencies: ["TmpFS", "Files", "Memory", "Machine", "Basics"]),
      .testTarget(name: "DevicesTests", dependencies: ["Devices", "Locking", "Machine", "Basics"]),
      .testTarget(
        name: "ProcFSTests",
        dependencies: ["ProcFS", "Files", "Memory", "Scheduling", "Devices", "Locking", "Machine", "Basics"]),
      .testTarget(name: "ReadinessTests", dependencies: ["Files", "Memory", "Machine", "Basics"]),
      .testTarget(name: "SocketsTests", dependencies: ["Sockets", "Files", "Memory", "Machine", "Basics"]),
      .testTarget(name: "TerminalsTests", dependencies: ["Terminals"]),
      .testTarget(
        name: "MemoryTests", dependencies: ["HostMachine", "Memory", "Scheduling", "Locking", "Machine", "Basics"]),
    ]).filter { !isForConcurrentTests || askedTargets.contains($0.name) }
)
