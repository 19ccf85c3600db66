import Basics
import Files
import Terminals

/// The devices of major number 5: `/dev/tty`, `/dev/console`, `/dev/ptmx` (`tty(4)`, `console(4)`, `pts(4)`).
final class TerminalDevices: DeviceDriver, @unchecked Sendable {
  private let jobs: any JobControl
  private let console: Console?
  private let pseudoTerminals: PseudoTerminals

  init(jobs: any JobControl, console: Console?, pseudoTerminals: PseudoTerminals) {
    self.jobs = jobs
    self.console = console
    self.pseudoTerminals = pseudoTerminals
  }

  override func open(_ device: DeviceNumber, _ request: OpenRequest, inode: Inode) throws(Errno) -> OpenFile {
    switch device.minor {
    case 0:
      guard let terminal = jobs.controllingTerminal() as? Terminal else { throw .ENXIO }
      return try TerminalFile.open(terminal, request, inode: inode, mayControl: false)
    case 1:
      guard let console else { throw .ENXIO }
      return try TerminalFile.open(console, request, inode: inode, mayControl: false)
    case 2: return try pseudoTerminals.openMaster(request, inode: inode)
    default: throw .ENXIO
    }
  }
}

/// `/dev/hvc0`: the terminal on the console port.
final class ConsoleDevices: DeviceDriver, @unchecked Sendable {
  private let console: Console

  init(_ console: Console) { self.console = console }

  override func open(_ device: DeviceNumber, _ request: OpenRequest, inode: Inode) throws(Errno) -> OpenFile {
    guard device == Console.device else { throw .ENXIO }
    return try TerminalFile.open(console, request, inode: inode)
  }
}

/// `/dev/pts/N`
final class SlaveDevices: DeviceDriver, @unchecked Sendable {
  private let pseudoTerminals: PseudoTerminals

  init(_ pseudoTerminals: PseudoTerminals) { self.pseudoTerminals = pseudoTerminals }

  override func open(_ device: DeviceNumber, _ request: OpenRequest, inode: Inode) throws(Errno) -> OpenFile {
    try pseudoTerminals.openSlave(device, request, inode: inode)
  }
}
