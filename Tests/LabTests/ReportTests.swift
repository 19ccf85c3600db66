import Foundation
import Testing

@testable import Lab

@Suite struct ReportTests {
  static let result = LabFixture.result()
  static let page = result.report

  @Test func written() throws {
    try Self.page.write(toFile: "/tmp/w/report-fixture.html", atomically: true, encoding: .utf8)
  }
}
