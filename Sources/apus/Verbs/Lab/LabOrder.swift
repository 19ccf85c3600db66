import ArgumentParser

/// `apus lab order`: the graph of observed lock order.
struct LabOrder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "order",
    abstract: "Show which class of locks was taken while which was held.",
    discussion: """
      Runs COMMAND in the guest on the checked kernel, and then prints what that kernel has noted since its start: for
      each class of locks those that were taken while it was held, and the code that did so first. Its own output goes
      to stderr. The file of --output is SVG or Graphviz's DOT, by its name.

      Examples:
        ./apus lab order
        ./apus lab order --output order.svg -- sh -c 'ls -lR /proc | wc -l'
        ./apus lab order --locks split --cpus 8 -- ps
      """)

  @Option(name: .long, help: ArgumentHelp("CPUs, 1 to 255.", valueName: "n"))
  var cpus = 4

  @Option(
    name: .long, help: ArgumentHelp("Which locks are real: fine, split or big.", valueName: "regime"),
    transform: LockRegime.parse)
  var locks = LockRegime.fine

  @Option(name: .long, help: ArgumentHelp("Also write the graph to this file, .svg or .dot.", valueName: "file"))
  var output: String?

  @Option(name: .long, help: ArgumentHelp("End the run after so long.", valueName: "seconds"))
  var timeout = 120.0

  @Argument(parsing: .postTerminator, help: "What to run first, after --, with its arguments.")
  var command: [String] = []

  func validate() throws {
    guard (1...255).contains(cpus) else { throw ValidationError("--cpus must be 1 to 255, not \(cpus)") }
    if let output, !output.hasSuffix(".svg"), !output.hasSuffix(".dot") {
      throw ValidationError("--output must end in .svg or .dot, not \(output)")
    }
  }

  func run() throws {
    let script = "if [ $# -gt 0 ]; then \"$@\" >&2 || exit; fi; cat /proc/apus/lock_order"
    let guest = ["--", "sh", "-c", script, "sh"] + command
    let options = ["--checked", "--cpus", "\(cpus)", "--locks", locks.rawValue, "--timeout", "\(timeout)"]
    let result = try Subprocess.run([Files.realPath("/proc/self/exe"), "run"] + options + guest, timeout: timeout + 60)
    Files.writeAll(2, result.error)
    guard result.end == .exited(0) else { throw ExitCode(result.end.status) }
    let graph = LockOrderGraph(result.text)
    let sites = Symbolizer(kernel: try KernelImage.path(checked: true)).places(graph.edges.map { $0.site &- 1 })
    Files.writeAll(1, Array(graph.text(sites).utf8))
    if let output { try Files.write(output, Array((output.hasSuffix(".svg") ? graph.svg : graph.dot).utf8)) }
  }
}
