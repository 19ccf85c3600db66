// swift-tools-version: 6.2
// The bootable file: entry assembly and linker script around the Kernel library of the package above.
// It is a package of its own because `swift test` builds every target of its package, and this one only
// links for bare metal.
import PackageDescription

let package = Package(
  name: "Image",
  products: [.executable(name: "Kernel", targets: ["Image"])],
  dependencies: [.package(name: "Apus", path: "..")],
  targets: [
    .executableTarget(
      name: "Image",
      dependencies: [.product(name: "Rooms", package: "Apus")],
      path: "Sources/Image")
  ]
)
