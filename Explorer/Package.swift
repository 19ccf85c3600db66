// swift-tools-version: 6.2
// The schedule explorer: the kernel's rooms, compiled for the host with a call at every memory access
// (Toolsets/explorer.json), linked with a run-time library of our own that decides what happens next at each.
// It is a package of its own because those flags are for all its code, the rooms included.
import PackageDescription

/// `APUS_EXPLORED=threads`: without the rooms above Scheduling and their scenarios, which build in a third of the time
/// (`./apus mutate`).
let isForThreads = Context.environment["APUS_EXPLORED"] == "threads"
/// The files with those scenarios.
let roomsAbove = [
  "Executing", "FutexReuse", "Heap", "Life", "Memory", "Names", "Presence", "Readiness", "SocketPairs", "Streams",
]

let package = Package(
  name: "Explorer",
  products: [.executable(name: "explore", targets: ["explore"])],
  dependencies: [.package(name: "Apus", path: "..")],
  targets: [
    .target(name: "CExplorer"),
    .executableTarget(
      name: "explore",
      dependencies: ["CExplorer", .product(name: isForThreads ? "RoomsOfThreads" : "RoomsExplored", package: "Apus")],
      exclude: isForThreads ? roomsAbove.map { "Scenarios/\($0).swift" } : [],
      swiftSettings: [.swiftLanguageMode(.v5), .treatAllWarnings(as: .error)]
        + (isForThreads ? [.define("THREADS_ONLY")] : [])),
  ]
)
