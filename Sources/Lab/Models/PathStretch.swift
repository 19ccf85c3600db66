/// How much longer than its instructions say a path takes in time: inside each class of short locks and outside them.
///
/// Instructions are not all equally fast: under TCG, and with cold caches, the kernel's are slower than a program's loops.
/// What a machine itself tells (`/proc/lock_stat`: the time inside each class) gives each part of a path its weight.
public struct PathStretch: Sendable, Equatable {
  /// By lock class. Time inside several locks is the outermost one's that is here.
  public var inside: [UInt16: Double]
  public var outside: Double

  public init(inside: [UInt16: Double], outside: Double) {
    self.inside = inside
    self.outside = outside
  }

  /// Makes the parts of `paths` as large as a run on one CPU had them, and leaves the whole as it is.
  ///
  /// - Parameters:
  ///   - paths: what is to be stretched
  ///   - all: the same with every lock in it, those that CPUs do not share as well: the run's times are of all locks of a class
  ///   - shares: by lock class, of the run's time without idling, 0 to 1
  public init(_ paths: TracePaths, all: TracePaths, shares: [UInt16: Double]) {
    let mean = all.mean
    var instructions: [UInt16: Double] = [:]
    for (lock, demand) in zip(all.locks, mean.demands) { instructions[lock.lockClass, default: 0] += demand / mean.alone }
    var factors: [UInt16: Double] = [:]
    for (number, share) in shares {
      if let part = instructions[number], part > 0, share > 0 { factors[number] = share / part }
    }
    // What the locks take more, the rest takes less; nothing takes less than no time.
    var (rest, more) = (0.0, 0.0)
    for path in paths.paths {
      paths.forEachRun(path, factors) { number, time in
        if let factor = number.flatMap({ factors[$0] }) { more += time * (factor - 1) } else { rest += time }
      }
    }
    self.init(inside: factors, outside: rest > 0 ? max(0, (rest - more) / rest) : 1)
  }
}

extension TracePaths {
  /// The paths with all times stretched.
  public func stretched(by stretch: PathStretch) -> TracePaths {
    replacingPaths { path in
      var times: [Double] = []
      forEachRun(path, stretch.inside) { number, time in
        times.append(time * (number.flatMap { stretch.inside[$0] } ?? stretch.outside))
      }
      var next = times.makeIterator()
      return OperationPath(actions: path.actions.map { if case .run = $0 { .run(next.next() ?? 0) } else { $0 } })
    }
  }

  /// Calls `body` for each piece of the path with its time and the class of the outermost lock of `classes` around it.
  fileprivate func forEachRun(_ path: OperationPath, _ classes: [UInt16: Double], _ body: (UInt16?, Double) -> Void) {
    var held: [Int] = []
    for action in path.actions {
      switch action {
      case .take(let lock): if classes[locks[lock].lockClass] != nil { held.append(lock) }
      case .give(let lock): held.removeAll { $0 == lock }
      case .run(let time): body(held.first.map { locks[$0].lockClass }, time)
      }
    }
  }
}
