/// The schedule explorer: the kernel's rooms compiled for the host with a call at every memory access.
enum Explorer {
  /// The path of the program, built when its sources have changed.
  static func path() throws -> String {
    let repository = Places.repository
    let product = product(scratch(repository))
    try SwiftBuild.run(
      "explorer", arguments: arguments(repository), scratch: scratch(repository), sources: KernelImage.rooms.map { "Sources/\($0)" } + ["Explorer", "Toolsets", "Package.swift"],
      product: product)
    return product
  }

  /// Where the build of the tree at `repository` is kept, and the program that comes of it.
  static func scratch(_ repository: String) -> String { "\(repository)/Explorer/.build" }
  static func product(_ scratch: String) -> String { "\(scratch)/release/explore" }

  /// What `swift build` is told, but for the scratch path.
  static func arguments(_ repository: String) -> [String] {
    [
      "--package-path", "\(repository)/Explorer", "--toolset", "\(repository)/Toolsets/explorer.json", "-c", "release",
      "--product", "explore",
    ]
  }
}
