import Basics
import Files
import Memory
import Processes

/// Starts a program from within the kernel: how the first one begins.
public enum FirstProgram {
  /// Puts the command's program in place of a kernel task, in a session of its own. Throws as `execve(2)` does; the
  /// descriptors are the caller's business.
  public static func enter(_ task: Task, _ command: Command) throws(Errno) {
    var failure = Errno.ENOENT
    for path in command.candidates {
      do {
        try task.execute(load(task, path, command))
        return
      } catch {
        // What is there but cannot run is worth more than what is not there.
        if failure == .ENOENT { failure = error }
      }
    }
    throw failure
  }

  private static func load(_ task: Task, _ path: [UInt8], _ command: Command) throws(Errno) -> ProgramLoader.Ready {
    let limit = ArgumentList.limit(stack: task.process.limits[.stack].current)
    var arguments = ArgumentList()
    for argument in command.arguments { try arguments.append(argument, limit: limit) }
    var environment = ArgumentList()
    for entry in command.environment { try environment.append(entry, limit: limit) }
    var loader = ProgramLoader(
      caller: Caller(context: task.fs, credentials: task.credentials), task: task, path: path, arguments: arguments,
      environment: environment)
    return try loader.load()
  }
}
