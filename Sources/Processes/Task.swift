import Basics

/// One thread of a program (Linux's task). Its process is the thread group it belongs to.
///
/// Which lock guards what: `files`, `fs`, `space`, `credentials` are changed by the thread itself only.
public final class Task: @unchecked Sendable {  // becomes a Scheduling.Thread as soon as that is on main
  /// What all processes share.
  public let system: System
  /// The thread group. Never changes.
  public let process: Process
  // public var files: FileTable          (descriptors; shared with CLONE_FILES)
  // public var fs: FSContext             (working directory, root, umask; shared with CLONE_FS)
  // public var space: AddressSpace       (shared with CLONE_VM)
  // public var credentials: Credentials  (immutable object, replaced as a whole)

  init(system: System, process: Process) {
    self.system = system
    self.process = process
  }
}
