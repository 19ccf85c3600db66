import Devices
import Experiments
import Locking
import Machine
import Memory
import Scheduling

/// What `experiment=` on the command line makes the CPUs do before, or instead of, an operating system's work.
enum Experiment {
  /// The race without locks (`apus lab race`). Nothing else runs.
  case race(RaceRun)
  /// CPUs 0 and 1 take two locks crosswise, to see the watchdog notice.
  case deadlock(Crossing)
  /// CPU 1 turns its interrupts off for ever; the others go on.
  case stuck
  /// CPU 1 takes a short lock, with interrupts on, and keeps it; the others go on.
  case hold
  /// Two classes of locks are taken in both orders, one after the other: nobody waits, but the order has a circle.
  case circle
  /// CPU 1 answers nothing any more from a moment on: it idles, or runs a program, for ever as far as others can tell.
  case silent(Silence)
  /// CPU 0 frees memory that CPU 1 misuses.
  case misuse(MisuseRun)
  /// Threads or references get into disorder.
  case disorder(DisorderRun)
  /// CPU 1 goes into a region in which CPU 0 is, without the region's lock.
  case trespass(Crossing)

  #if hasFeature(Embedded)
  init?(_ line: CommandLine<MachineMemory>, cpus: Int) {
    guard let name = line.value(of: "experiment") else { return nil }
    if name.is("race") {
      let isLocked = line.value(of: "locks").map { !$0.is("none") } ?? true
      self = .race(RaceRun(RaceSettings(
        cpus: cpus, seed: line.value(of: "seed")?.number ?? 1, rounds: line.value(of: "rounds")?.number ?? 100_000,
        isLocked: isLocked)))
    } else if name.is("deadlock") {
      self = .deadlock(Crossing())
    } else if name.is("stuck") {
      self = .stuck
    } else if name.is("hold") {
      self = .hold
    } else if name.is("circle") {
      self = .circle
    } else if name.is("silent-idle") {
      self = .silent(Silence(inProgram: false))
    } else if name.is("silent-program") {
      self = .silent(Silence(inProgram: true))
    } else if let kind = MadeMisuse.allCases.first(where: { name.is(MisuseRun.name($0)) }) {
      self = .misuse(MisuseRun(kind))
    } else if let kind = MadeDisorder.allCases.first(where: { name.is(DisorderRun.name($0)) }) {
      self = .disorder(DisorderRun(kind))
    } else if name.is("disorder-space") {
      self = .disorder(DisorderRun(nil))
    } else if name.is("trespass") {
      self = .trespass(Crossing())
    } else {
      Machine.panic("no such experiment")
    }
  }

  /// Every other CPU is there: begins. Called once, by the CPU that booted.
  func start() {
    switch self {
    case .race(let run): run.race.start()
    case .circle: Crossing.takeBothWays()
    case .silent(let silence): silence.start()
    default: break
    }
  }

  /// The running CPU's part; returns when it has none. Interrupts are off. Under `big` the CPU is in the operating
  /// system here, and leaves it first, or no other CPU would get as far.
  func takePart() {
    switch self {
    case .race(let run): run.takePart()
    case .deadlock(let crossing): crossing.takePart()
    case .stuck:
      guard Machine.cpu == 1 else { return }
      BigKernelLock.leave()
      Watchdog.join()
      while true { Machine.pause() }
    case .hold:
      guard Machine.cpu == 1 else { return }
      BigKernelLock.leave()
      Crossing.takeAndKeep()
    case .circle, .silent: break
    case .misuse(let run): run.takePart()
    case .disorder(let run): run.takePart()
    case .trespass(let crossing): crossing.trespass()
    }
  }
  #endif
}
