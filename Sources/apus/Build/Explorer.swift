/// The schedule explorer: the kernel's rooms compiled for the host with a call at every memory access.
enum Explorer {
  /// The path of the program, built when its sources have changed.
  static func path() throws -> String {
    let repository = Places.repository
    let scratch = "\(repository)/Explorer/.build"
    let product = "\(scratch)/release/explore"
    try SwiftBuild.run(
      "explorer",
      arguments: [
        "--package-path", "\(repository)/Explorer", "--toolset", "\(repository)/Toolsets/explorer.json", "-c", "release",
        "--product", "explore",
      ],
      scratch: scratch, sources: KernelImage.rooms.map { "Sources/\($0)" } + ["Explorer", "Toolsets", "Package.swift"],
      product: product)
    return product
  }
}
