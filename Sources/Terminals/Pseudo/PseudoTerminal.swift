import Basics
import Files
import Locking
import Scheduling

/// A pseudo-terminal (`pty(7)`): a terminal (the slave, `/dev/pts/N`) whose far side is a file (the master, from
/// `/dev/ptmx`). What is written to the master is typed on the slave; what the slave shows is read from the master.
public final class PseudoTerminal: Terminal, @unchecked Sendable {
  /// N of `/dev/pts/N`.
  let index: Int
  /// Its node in `/dev/pts`.
  let inode: Inode
  private let table: PseudoTerminalTable
  private let ends: SpinLock<Ends>
  /// Who reads from the master, and who waits there for room.
  let shown = WaitQueue()
  let typable = WaitQueue()

  /// The state of both ends.
  struct Ends {
    /// `unlockpt(3)` was not called yet: the slave can't be opened.
    var isLocked = true
    var hasMaster = true
    /// The slave is open, or never was: the master waits. Else it finds `EIO`.
    var slaveIsPresent = true
    var slaveIsOpen = false
    var packetMode = false
  }

  init(index: Int, inode: Inode, table: PseudoTerminalTable) {
    self.index = index
    self.inode = inode
    self.table = table
    ends = SpinLock(.pseudoTerminal, Ends())
    super.init(number: inode.device, jobs: table.jobs, settings: .standard)
  }

  func withEnds<R>(_ body: (inout Ends) -> R) -> R { ends.withLock { body(&$0) } }

  var slaveIsPresent: Bool { withEnds { $0.slaveIsPresent } }

  public override func outputArrived() { shown.wakeAll() }
  public override func inputTaken() { typable.wakeAll() }

  /// The slave is opened. `EIO` while it is locked or when the master is gone.
  public override func willOpen() throws(Errno) {
    let allowed = withEnds { (ends) -> Bool in
      guard ends.hasMaster, !ends.isLocked else { return false }
      ends.slaveIsPresent = true
      ends.slaveIsOpen = true
      return true
    }
    if !allowed { throw .EIO }
  }

  public override func lastClosed() {
    let masterIsGone = withEnds { (ends) -> Bool in
      ends.slaveIsPresent = false
      ends.slaveIsOpen = false
      return !ends.hasMaster
    }
    shown.wakeAll()
    typable.wakeAll()
    if masterIsGone { table.free(index) }
  }

  /// The master was closed: the slave hangs up.
  func masterClosed() {
    let slaveIsOpen = withEnds { (ends) -> Bool in
      ends.hasMaster = false
      return ends.slaveIsOpen
    }
    table.hide(self)
    hangUp()
    if !slaveIsOpen { table.free(index) }
  }
}
