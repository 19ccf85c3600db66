/// What the tests start, built before any clock of a test runs: two builds at a time, since each is mostly a chain of
/// single compiler runs. What does not build is reported by the tests that need it.
enum Preparation {
  static func build(images: Bool, unitTests: Bool) {
    var builds: [@Sendable () throws -> Void] = []
    if images {
      builds.append { _ = try KernelImage.path(checked: true) }
      builds.append { _ = try KernelImage.path(checked: false) }
    }
    if unitTests { builds.append(UnitTests.build) }
    if images { builds.append { _ = try Workloads.path("bench") } }
    inTwos(builds) { build in try? build() }
  }
}
