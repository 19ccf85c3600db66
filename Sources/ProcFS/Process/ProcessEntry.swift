import Files

/// The entries of `/proc/PID` and `/proc/PID/task/TID` (`proc(5)`).
enum ProcessEntry: UInt8, CaseIterable {
  case cgroup = 1, cmdline, comm, cwd, environ, exe, fd, fdinfo, io, limits, loginuid, maps, mountinfo, mounts
  case oomScore, oomScoreAdjustment, personality, root, sessionid, stat, statm, status, wchan, task

  var name: StaticString {
    switch self {
    case .cgroup: "cgroup"
    case .cmdline: "cmdline"
    case .comm: "comm"
    case .cwd: "cwd"
    case .environ: "environ"
    case .exe: "exe"
    case .fd: "fd"
    case .fdinfo: "fdinfo"
    case .io: "io"
    case .limits: "limits"
    case .loginuid: "loginuid"
    case .maps: "maps"
    case .mountinfo: "mountinfo"
    case .mounts: "mounts"
    case .oomScore: "oom_score"
    case .oomScoreAdjustment: "oom_score_adj"
    case .personality: "personality"
    case .root: "root"
    case .sessionid: "sessionid"
    case .stat: "stat"
    case .statm: "statm"
    case .status: "status"
    case .wchan: "wchan"
    case .task: "task"
    }
  }

  var kind: FileKind {
    switch self {
    case .cwd, .exe, .root: .symbolicLink
    case .fd, .fdinfo, .task: .directory
    default: .regular
    }
  }

  var mode: UInt32 {
    switch self {
    case .cwd, .exe, .root: 0o777
    case .fd: 0o500
    case .fdinfo, .task: 0o555
    case .environ, .io, .personality: 0o400
    case .comm, .loginuid, .oomScoreAdjustment: 0o644
    default: 0o444
    }
  }
}

/// Which process or thread an inode is about.
struct ProcessNode {
  let processes: any ProcessDirectory
  let process: Int32
  /// The thread, under `task`.
  let thread: Int32?

  /// Inode numbers: process or thread above, entry below.
  static func number(_ process: Int32, _ thread: Int32?, _ entry: UInt8) -> UInt64 {
    1 << 62 | UInt64(UInt32(bitPattern: thread ?? process)) << 16 | (thread == nil ? 0 : 1 << 15) | UInt64(entry)
  }

  /// Inode numbers of descriptors.
  static func number(_ process: Int32, descriptor: Int32) -> UInt64 {
    1 << 62 | 1 << 61 | UInt64(UInt32(bitPattern: process)) << 24 | UInt64(UInt32(bitPattern: descriptor) & 0xff_ffff)
  }
}
