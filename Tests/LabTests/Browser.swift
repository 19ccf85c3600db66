import Foundation

/// Chromium without a window, for tests of the report. It needs no network and no graphics.
struct Browser {
  let program: String
  let folder: URL

  static var program: String? {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  init(_ program: String) throws {
    self.program = program
    folder = FileManager.default.temporaryDirectory.appending(path: "apus-browser-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  struct Outcome {
    /// The document after `script` has run.
    var document: String
    /// What the page's console said, warnings and errors of the browser about the page with it.
    var console: [String]
    var status: Int32
  }

  /// Loads a page and does one thing with it.
  ///
  /// - Parameters:
  ///   - script: put at the page's end; what it leaves in the document is in the outcome
  ///   - action: `--dump-dom`, `--print-to-pdf=FILE`, …
  ///   - size: of the frame in which the page is loaded, since no window is as narrow as a phone; without, it has the window.
  ///     From a frame, what the script posts as a message is put into the document, as `<pre id="outcome">`.
  func load(
    _ page: String, script: String = "", size: (width: Int, height: Int)? = nil, action: String = "--dump-dom",
    _ options: [String] = []
  ) throws -> Outcome {
    var file = folder.appending(path: "page.html")
    let parts = page.components(separatedBy: "</body>")
    try (parts.dropLast().joined(separator: "</body>") + "<script>\(script)</script></body>" + parts.last!).write(
      to: file, atomically: true, encoding: .utf8)
    if let size {
      file = folder.appending(path: "frame.html")
      try """
        <!DOCTYPE html><html style="color-scheme: light dark"><body style="margin: 0">
        <script>
        addEventListener("message", (event) => {
          const outcome = document.createElement("pre");
          outcome.id = "outcome";
          outcome.textContent = event.data;
          document.body.append(outcome);
        });
        </script>
        <iframe src="page.html" style="border: 0; width: \(size.width)px; height: \(size.height)px"></iframe></body></html>
        """.write(to: file, atomically: true, encoding: .utf8)
    }
    let output = folder.appending(path: "output"), errors = folder.appending(path: "errors")
    for url in [output, errors] { _ = FileManager.default.createFile(atPath: url.path, contents: nil) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    // As root Chromium's sandbox does not start; the page is ours. Time is virtual: timers run as soon as they may.
    process.arguments =
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars", "--window-size=1400,1100",
        "--enable-logging=stderr", "--virtual-time-budget=8000", "--user-data-dir=\(folder.appending(path: "profile").path)",
      ] + options + [action, file.absoluteString]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let deadline = Date(timeIntervalSinceNow: 90)
    while process.isRunning, Date() < deadline { usleep(20_000) }
    if process.isRunning {
      process.terminate()
      usleep(500_000)
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
    process.waitUntilExit()
    let log = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
    return Outcome(
      document: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      console: log.split(separator: "\n").map(String.init).filter { $0.contains("CONSOLE") }, status: process.terminationStatus)
  }
}
