import Basics
import Files
import Locking
import Machine
import Memory
import Scheduling

extension Terminal {
  /// What one look at the input brought.
  private enum Look {
    case bytes([UInt8])
    /// Less than wanted; how much.
    case wait(Int)
  }

  /// `read(2)`: a line, or raw bytes as VMIN and VTIME say. 0 at EOF or after a hang-up.
  final func read(into sink: inout UserSink, nonBlocking: Bool, generation: UInt32) throws(Errno) -> Int {
    let wanted = min(sink.remaining, LineDiscipline.capacity)
    if wanted == 0 { return 0 }
    if state.withLock({ $0.generation != generation }) { return 0 }
    try checkForeground(.backgroundRead)
    let bytes = try fetch(wanted, nonBlocking: nonBlocking, generation: generation)
    inputTaken()
    return try sink.copy(from: bytes, at: 0, count: bytes.count)
  }

  private func fetch(_ wanted: Int, nonBlocking: Bool, generation: UInt32) throws(Errno) -> [UInt8] {
    var have = 0
    if nonBlocking {
      guard case .bytes(let bytes) = look(wanted, generation, minimum: 1) else { throw .EAGAIN }
      return bytes
    }
    while true {
      // VTIME counts from the start when VMIN is 0, else from each byte.
      let (time, minimum, canonical) = state.withLock { state in
        let characters = state.discipline.settings.characters
        return (UInt64(characters.time), Int(characters.minimum), state.discipline.isCanonical)
      }
      if !canonical && minimum == 0 && time == 0 {
        if case .bytes(let bytes) = look(wanted, generation, minimum: 1) { return bytes }
        return []
      }
      let timed = !canonical && time > 0 && (minimum == 0 || have > 0)
      let deadline: UInt64? = timed ? Machine.now() &+ time &* 100_000_000 : nil
      do throws(Errno) {
        let before = have
        let found = try readable.wait(.interruptible, deadline: deadline) { () throws(Errno) -> Look? in
          let found = self.look(wanted, generation, minimum: min(max(minimum, 1), wanted))
          if case .wait(let count) = found, time == 0 || count <= before { return nil }
          return found
        }
        switch found {
        case .bytes(let bytes): return bytes
        case .wait(let count): have = count  // another byte: the time starts anew
        }
      } catch {
        guard case .ETIMEDOUT = error else { throw error }
        if case .bytes(let bytes) = look(wanted, generation, minimum: 1) { return bytes }
        return []
      }
    }
  }

  private func look(_ wanted: Int, _ generation: UInt32, minimum: Int) -> Look {
    state.withLock { state in
      if state.generation != generation { return .bytes([]) }
      if state.discipline.hasInput(minimum: minimum) { return .bytes(state.discipline.take(wanted)) }
      return .wait(state.discipline.isCanonical ? 0 : state.discipline.input.count)
    }
  }

  /// `write(2)`: through output processing to the far side; waits for room.
  final func write(from source: inout UserSource, nonBlocking: Bool, generation: UInt32) throws(Errno) -> Int {
    if state.withLock({ $0.generation != generation }) { throw .EIO }
    if state.withLock({ $0.discipline.settings.local.contains(.stopBackgroundOutput) }) {
      try checkForeground(.backgroundWrite)
    }
    var total = 0
    while source.remaining > 0 {
      let bytes = try source.takeArray(min(source.remaining, 1024))
      var written = 0
      do throws(Errno) {
        while written < bytes.count {
          written += try put(bytes, from: written, nonBlocking: nonBlocking, generation: generation)
          outputArrived()
        }
      } catch {
        total += written
        if total > 0 { return total }
        throw error
      }
      total += written
    }
    return total
  }

  private func put(_ bytes: [UInt8], from start: Int, nonBlocking: Bool, generation: UInt32) throws(Errno) -> Int {
    let attempt = { () throws(Errno) -> Int? in
      let (count, alive) = self.state.withLock { state in
        state.generation == generation ? (state.write(bytes, from: start), true) : (0, false)
      }
      guard alive else { throw .EIO }
      return count > 0 ? count : nil
    }
    if nonBlocking {
      guard let count = try attempt() else { throw .EAGAIN }
      return count
    }
    return try writable.wait(.interruptible) { () throws(Errno) -> Int? in try attempt() }
  }

  /// `tcdrain(3)`: waits until the far side has fetched all output.
  final func drain(generation: UInt32) throws(Errno) {
    guard drains else { return }
    try writable.wait(.interruptible) { () throws(Errno) -> Void? in
      self.state.withLock { $0.output.queue.isEmpty || $0.generation != generation } ? () : nil
    }
  }
}
