import ArgumentParser
import Glibc

/// `apus`, the host's side of the operating system: starts it, tests it, measures it.
struct Apus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apus",
    abstract: "Runs Apus, an SMP operating system in Swift, in a virtual machine.",
    discussion: """
      Examples:
        ./apus run                           a shell on 4 CPUs
        ./apus run --cpus 20 -- nproc        one command
        echo hi | ./apus run -- wc -c        in a pipeline of the host
        ./apus test                          everything
      """,
    subcommands: [
      Run.self, Test.self, Bench.self, Debug.self, Explore.self, Lab.self, Top.self, Mutate.self,
    ])
}

@main
enum Main {
  static func main() {
    Launch.closedDescriptors = Host.fillStandardDescriptors()
    Host.keepDescriptors()
    do {
      var command = try Apus.parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      Messages.error(failure.message)
      leave(failure.status)
    } catch let code as ExitCode {
      leave(code.rawValue)
    } catch {
      guard Apus.exitCode(for: error) == .success else {
        Messages.error("\(Apus.message(for: error)) (./apus --help explains)")
        leave(ExitStatus.usage)
      }
      Apus.exit(withError: error)  // prints the help that was asked for
    }
    leave(0)
  }

  private static func leave(_ status: Int32) -> Never {
    RawTerminal.restore()
    exit(status)
  }
}

/// What was found when the tool was started.
enum Launch {
  /// Of descriptors 0, 1 and 2, those that the caller had closed.
  nonisolated(unsafe) static var closedDescriptors: Set<Int32> = []
}
