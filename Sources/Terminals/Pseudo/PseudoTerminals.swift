import Basics
import Files
import Memory

/// The pseudo-terminals of the system and the file system `devpts` that shows them.
public final class PseudoTerminals: FileSystemType, @unchecked Sendable {
  private let table: PseudoTerminalTable
  private let fileSystem: PseudoTerminalFileSystem
  private let directory: PseudoTerminalDirectory

  /// `UNIX98_PTY_SLAVE_MAJOR`
  public static var major: UInt32 { 136 }

  /// - Parameter device: `st_dev` of the file system.
  public init(jobs: any JobControl, device: DeviceNumber) {
    table = PseudoTerminalTable(jobs: jobs)
    fileSystem = PseudoTerminalFileSystem(type: FileSystemType(name: "devpts"), device: device)
    directory = PseudoTerminalDirectory(fileSystem, table)
    super.init(name: "devpts")
  }

  /// `mount -t devpts`: there is one instance, whatever the options say.
  public override func mount(source: [UInt8], data: [UInt8], device: DeviceNumber) throws(Errno) -> Inode { directory }

  /// Opens `/dev/ptmx`: a new pseudo-terminal. `ENOSPC` when there are too many.
  public func openMaster(_ request: OpenRequest, inode: Inode) throws(Errno) -> OpenFile {
    try Memory.admit(65536)
    guard let index = table.reserve() else { throw .ENOSPC }
    let node = PseudoTerminalInode(fileSystem, index: index, owner: request.credentials)
    let terminal = PseudoTerminal(index: index, inode: node, table: table)
    table.add(terminal)
    return MasterFile(terminal, request, inode: inode)
  }

  /// Opens the slave that a device number names: `EIO` when there is none.
  public func openSlave(_ device: DeviceNumber, _ request: OpenRequest, inode: Inode) throws(Errno) -> OpenFile {
    guard let terminal = table.terminal(Int(device.minor)) else { throw .EIO }
    return try TerminalFile.open(terminal, request, inode: inode)
  }
}
