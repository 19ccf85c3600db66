// The lock order: the one place that says which lock may be taken while which others are held.

/// A critical region of the operating system. Under the regime `split` each has one lock.
/// The order of the cases is the order in which their locks are taken.
public enum Region: UInt8, Sendable {
  /// Names, inodes, open files, pipes, terminals.
  case files
  /// Threads, run queues, timers; processes and signals.
  case scheduling
  /// Address spaces, page tables, frames, the kernel heap. Innermost, so that memory can be had under any lock.
  case memory
  /// Not of the operating system's three: locks of the locks, and of the log. Real under every regime.
  case machine
}

/// The classes of locks, outermost first: while a lock is held, only locks of later classes may be taken
/// (two of one class only where `mayNest` says so and the code orders them by address or identifier).
/// There is no class outside the order. The checked kernel verifies each acquisition.
public enum LockClass: UInt8, Sendable, CaseIterable {
  // The locks of the regimes themselves.
  case bigKernelLock, filesRegion, schedulingRegion, memoryRegion

  // Held across sleeps (SleepLock): real under every regime, outside all short locks.
  case openFilePosition, rename, mountSleep, directorySleep, inodeSleep, terminalSleep, executionSleep, addressSpaceSleep
  case processorPresence

  // Files.
  case mountTable, fileSystemContext, fileTable, openFile, nameTree, inode, directory, fileLocks, tmpfsPages
  case epoll, pipe, socket, terminal, pseudoTerminal, deviceTable, eventFile

  // Scheduling: processes, signals, futexes, then threads.
  case processTree, process, signals, futexBucket, identifiers, credentials
  case timers, waitQueue, observerQueue, affinity, runQueue

  // Memory.
  case addressSpaceList, addressSpace, pageTable, pageCache, kernelStacks, kernelMappings, frames, heap

  // Machine.
  case device, entropy, console, lockGraph

  /// Which region the class belongs to.
  @inline(__always) public var region: Region {
    if rawValue >= LockClass.device.rawValue { return .machine }
    if rawValue >= LockClass.addressSpaceList.rawValue { return .memory }
    if rawValue >= LockClass.processTree.rawValue { return .scheduling }
    if rawValue >= LockClass.openFilePosition.rawValue { return .files }
    return .machine
  }

  /// Whether two locks of the class may be held together.
  public var mayNest: Bool {
    switch self {
    case .inodeSleep, .directorySleep, .directory, .inode, .runQueue, .process, .futexBucket, .addressSpace,
      .pageTable, .signals, .observerQueue, .pipe, .socket, .terminal, .epoll:
      true
    default: false
    }
  }

  /// Whether two locks of the class are taken by address, the lower one first: the checked kernel sees to it. Others of
  /// `mayNest` have an order that an address does not tell, which the code that takes them states.
  public var nestsByAddress: Bool { self == .futexBucket }

  /// Whether it is one that a regime puts in the place of others. Those follow the others' order, which is
  /// what is checked; and the big lock is not in the way of a sleep, since the CPU keeps it for the next thread.
  @inline(__always) public var isRegimes: Bool { rawValue <= LockClass.memoryRegion.rawValue }

  /// Whether it is held across sleeps.
  public var sleeps: Bool {
    rawValue >= LockClass.openFilePosition.rawValue && rawValue <= LockClass.processorPresence.rawValue
  }

  /// The name that `/proc/lock_stat` shows.
  public var name: StaticString {
    switch self {
    case .bigKernelLock: "big_kernel_lock"
    case .filesRegion: "files_region"
    case .schedulingRegion: "scheduling_region"
    case .memoryRegion: "memory_region"
    case .rename: "rename"
    case .mountSleep: "mount_sleep"
    case .directorySleep: "directory_sleep"
    case .inodeSleep: "inode_sleep"
    case .openFilePosition: "open_file_position"
    case .terminalSleep: "terminal_sleep"
    case .executionSleep: "execution_sleep"
    case .addressSpaceSleep: "address_space_sleep"
    case .processorPresence: "processor_presence"
    case .mountTable: "mount_table"
    case .fileSystemContext: "fs_context"
    case .fileTable: "file_table"
    case .openFile: "open_file"
    case .nameTree: "name_tree"
    case .inode: "inode"
    case .directory: "directory"
    case .fileLocks: "file_locks"
    case .tmpfsPages: "tmpfs_pages"
    case .epoll: "epoll"
    case .pipe: "pipe"
    case .socket: "socket"
    case .terminal: "terminal"
    case .pseudoTerminal: "pseudo_terminal"
    case .deviceTable: "device_table"
    case .eventFile: "event_file"
    case .processTree: "process_tree"
    case .process: "process"
    case .signals: "signals"
    case .futexBucket: "futex_bucket"
    case .identifiers: "identifiers"
    case .credentials: "credentials"
    case .timers: "timers"
    case .waitQueue: "wait_queue"
    case .observerQueue: "observer_queue"
    case .affinity: "affinity"
    case .runQueue: "run_queue"
    case .addressSpaceList: "address_space_list"
    case .addressSpace: "address_space"
    case .pageTable: "page_table"
    case .pageCache: "page_cache"
    case .kernelStacks: "kernel_stacks"
    case .kernelMappings: "kernel_mappings"
    case .frames: "frames"
    case .heap: "heap"
    case .device: "device"
    case .entropy: "entropy"
    case .console: "console"
    case .lockGraph: "lock_graph"
    }
  }
}
