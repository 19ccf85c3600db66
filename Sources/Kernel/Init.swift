#if hasFeature(Embedded)
import Basics
import DevFS
import Files
import LinuxABI
import Machine
import Memory
import Processes
import Scheduling
import Terminals

/// Process 1: starts the command that the host asks for, collects orphans, and ends the machine with the command.
struct Init {
  private let task: Task
  private let streams: HostStreams
  private let namespace: Namespace

  init(_ task: Task, _ streams: HostStreams, _ namespace: Namespace) {
    self.task = task
    self.streams = streams
    self.namespace = namespace
  }

  func run() {
    let streams = streams
    try? KernelThread.start { streams.followControl() }
    let command = Command(Caller(context: task.fs, credentials: task.credentials))
    do throws(Errno) {
      let child = try task.spawn { child in start(command, child) }
      let status = collect(until: child.process.id)
      report(status)
    } catch {
      report(WaitStatus.exited(126))
    }
    task.system.endMachine(.powerOff)
  }

  /// In the child: a session of its own, its streams, its program.
  private func start(_ command: Command, _ child: Task) {
    do throws(Errno) {
      _ = try child.startSession()
      try openStreams(command, child)
      try FirstProgram.enter(child, command)
      let line =
        ("boot " as StaticString).bytes + decimal(Machine.now()) + [0x20] + decimal(Machine.ticks()) + [0x0a]
      streams.tell(line)
    } catch {
      complain(command, child, error)
      child.setStatus(error == .ENOENT ? 127 : 126)
    }
  }

  private func openStreams(_ command: Command, _ child: Task) throws(Errno) {
    let limit = child.process.limits[.openFiles].current
    let caller = Caller(context: child.fs, credentials: child.credentials)
    if command.usesTerminal, let console = streams.console {
      let file = try caller.open(("/dev/console" as StaticString).bytes, flags: OpenFlags(rawValue: 2), mode: 0)
      for _ in 0..<3 { _ = try child.files.add(file, closeOnExec: false, limit: limit) }
      // /dev/console never becomes a controlling terminal by being opened; the shell's must be one.
      console.offerControl()
      return
    }
    for (stream, flags) in [(streams.input, UInt32(0)), (streams.output, 1), (streams.error, 1)] {
      let file: OpenFile
      if let stream {
        file = stream.open(namespace, child.credentials, flags: OpenFlags(rawValue: flags))
      } else {
        file = try caller.open(("/dev/null" as StaticString).bytes, flags: OpenFlags(rawValue: 2), mode: 0)
      }
      _ = try child.files.add(file, closeOnExec: false, limit: limit)
    }
  }

  /// The shell's words for a command that cannot be run, on its stderr.
  private func complain(_ command: Command, _ child: Task, _ error: Errno) {
    let reason: StaticString =
      switch error {
      case .ENOENT: "not found"
      case .EACCES: "permission denied"
      case .ENOEXEC: "not a program for this machine"
      case .ENOMEM: "not enough memory"
      default: "cannot be run"
      }
    let text =
      ("apus: " as StaticString).bytes + command.arguments[0] + [0x3a, 0x20] + reason.bytes + [0x0a]
    do throws(Errno) {
      let file = try child.files.file(2)
      var source = UserSource(bytes: text)
      var offset: Int64 = 0
      _ = try file.write(from: &source, at: &offset)
    } catch {}
  }

  /// Waits for children, orphans included, until the command has ended; answers how.
  private func collect(until id: Int32) -> Int32 {
    while true {
      do throws(Errno) {
        let result = try task.wait(WaitRequest(.any, [.exited, .all]))
        if let result, result.process == id { return result.status }
      } catch {
        return WaitStatus.exited(126)
      }
    }
  }

  private func report(_ status: Int32) {
    for number in 0..<UnknownCalls.limit {
      let count = task.system.unknownCalls.count(of: number)
      guard count > 0 else { continue }
      streams.tell(
        ("unknown " as StaticString).bytes + decimal(UInt64(number)) + [0x20] + decimal(UInt64(count)) + [0x0a])
    }
    let code = WaitStatus.information(status)
    let value = status & 0x7f == 0 ? code.status : 128 + code.status
    streams.drain()
    streams.tell(("exit " as StaticString).bytes + decimal(UInt64(UInt32(bitPattern: value))) + [0x0a])
  }

  private func decimal(_ number: UInt64) -> [UInt8] {
    var digits: [UInt8] = []
    var rest = number
    repeat {
      digits.append(0x30 + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    return digits.reversed()
  }
}
#endif
