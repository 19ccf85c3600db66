import Lab

/// What the CPUs and locks were seen doing over a short time: many looks at the machine's memory in one picture.
struct Lanes {
  enum Place: Int, CaseIterable {
    case user, system, waiting, idle

    var letter: Character {
      switch self {
      case .user: "U"
      case .system: "S"
      case .waiting: "W"
      case .idle: "."
      }
    }

    var colour: Int {
      switch self {
      case .user: 32
      case .system: 36
      case .waiting: 31
      case .idle: 90
      }
    }
  }

  struct LockState {
    var name: String
    var holder: Int?
    var queue = 0
    var longestQueue = 0
  }

  private(set) var cpus = 0
  private(set) var looks = 0
  /// By CPU: how often it was where.
  private(set) var counts: [[Int]] = []
  /// By CPU: what it did at the last look, in words.
  private(set) var now: [String] = []
  /// By address, as at the last look; the longest queue since the picture began.
  private(set) var locks: [UInt64: LockState] = [:]
  /// By class: ticks.
  private(set) var longestWaits: [UInt64] = []

  /// Begins a new picture.
  mutating func clear() {
    looks = 0
    counts = []
    locks = [:]
  }

  mutating func look(_ trace: GuestTrace) {
    let activities = trace.activities()
    cpus = activities.count
    looks += 1
    if counts.count != cpus {
      counts = [[Int]](repeating: [Int](repeating: 0, count: Place.allCases.count), count: cpus)
    }
    for address in locks.keys {
      locks[address]!.holder = nil
      locks[address]!.queue = 0
    }
    now = []
    longestWaits = [UInt64](repeating: 0, count: 64)
    for (cpu, activity) in activities.enumerated() {
      counts[cpu][Self.place(activity).rawValue] += 1
      now.append(Self.words(activity, trace))
      for lock in activity.held { touch(lock, trace) { $0.holder = cpu } }
      if let lock = activity.waiting {
        touch(lock, trace) {
          $0.queue += 1
          $0.longestQueue = max($0.longestQueue, $0.queue)
        }
      }
      for (index, ticks) in activity.longestWaits.enumerated() { longestWaits[index] = max(longestWaits[index], ticks) }
    }
  }

  private mutating func touch(_ lock: CPUActivity.Lock, _ trace: GuestTrace, _ change: (inout LockState) -> Void) {
    var state = locks[lock.address] ?? LockState(name: trace.name(ofLockClass: lock.lockClass))
    change(&state)
    locks[lock.address] = state
  }

  static func place(_ activity: CPUActivity) -> Place {
    if activity.waiting != nil { return .waiting }
    if activity.isIdle && !activity.isInInterrupt { return .idle }
    let isInside = activity.thread == 0 || activity.call != nil || activity.isInFault || activity.isInInterrupt
      || !activity.held.isEmpty || !activity.regions.isEmpty
    return isInside ? .system : .user
  }

  private static func words(_ activity: CPUActivity, _ trace: GuestTrace) -> String {
    let what = activity.thread == 0 ? "kernel" : "thread \(activity.thread)"
    if let lock = activity.waiting { return "\(what) waits for \(trace.name(ofLockClass: lock.lockClass))" }
    switch place(activity) {
    case .idle: return "idle"
    case .user: return "\(what) in its program"
    case .waiting, .system:
      var inside: [String] = []
      if activity.isInInterrupt { inside.append("interrupt") }
      if activity.isInFault { inside.append("page fault") }
      if let call = activity.call { inside.append(SystemCallNames.name(of: call)) }
      var regions = activity.regions.filter { (1...3).contains($0) }
      for lock in activity.held { regions.insert(trace.region(ofLockClass: lock.lockClass)) }
      let names = ["files", "scheduling", "memory"]
      inside += regions.filter { (1...3).contains($0) }.sorted().map { "region \(names[Int($0) - 1])" }
      return "\(what) in \(inside.isEmpty ? "the kernel" : inside.joined(separator: ", "))"
    }
  }
}
