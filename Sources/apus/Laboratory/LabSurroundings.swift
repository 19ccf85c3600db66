import Glibc
import Lab

/// Where and when a session takes place.
enum LabSurroundings {
  static func session(
    _ plan: LabPlan, accelerator: Accelerator, commandLine: [String]
  ) throws -> LabResult.Session {
    let host = LabResult.Host(
      cores: cores, processor: processor, accelerator: accelerator.rawValue, qemu: try qemuVersion())
    return LabResult.Session(
      started: time(), seconds: 0, host: host, commit: commit(), commandLine: commandLine, isQuick: plan.isQuick)
  }

  /// CPUs that this process may use.
  static var cores: Int {
    // A mask in hexadecimal digits, with commas (proc_pid_status(5)).
    let line = ((try? Files.text("/proc/self/status")) ?? "").split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
    let digits = line?.split(separator: "\t").last?.compactMap { $0.hexDigitValue } ?? []
    return max(1, digits.reduce(0) { $0 + $1.nonzeroBitCount })
  }

  private static var processor: String {
    let text = (try? Files.text("/proc/cpuinfo")) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last.map { String($0.drop { $0 == " " }) } ?? "unknown"
  }

  private static func qemuVersion() throws -> String {
    let text = try Subprocess.run([try Host.require(program: "qemu-system-x86_64", package: "qemu-system-x86"), "--version"]).text
    let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
    return words.firstIndex(of: "version").map { String(words[$0 + 1]) } ?? "unknown"
  }

  /// The commit that the tool's repository is at, with "+" where files differ from it.
  private static func commit() -> String {
    func git(_ words: String...) -> String? {
      guard let result = try? Subprocess.run(["git", "-C", Places.repository] + words), result.end == .exited(0) else { return nil }
      return result.text
    }
    guard let hash = git("rev-parse", "--short", "HEAD")?.split(separator: "\n").first else { return "unknown" }
    return hash + (git("status", "--porcelain")?.isEmpty == true ? "" : "+")
  }

  private static func time() -> String {
    var now = Glibc.time(nil)
    var utc = tm()
    gmtime_r(&now, &utc)
    var text = [CChar](repeating: 0, count: 32)
    let length = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &utc)
    return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
