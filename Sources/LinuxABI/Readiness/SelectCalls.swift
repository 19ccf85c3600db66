import Basics
import Files
import Memory
import Processes

extension SystemCalls {
  static func select(_ call: borrowing Call) throws(Errno) -> Int {
    let deadline = try Deadline(timeval: call.a4)
    return try finish(call.task, deadline, 0) { (task) throws(Errno) -> Int in
      try select(task, int(call.a0), (call.a1, call.a2, call.a3), deadline.timeout)
    }
  }

  static func pselect6(_ call: borrowing Call) throws(Errno) -> Int {
    let deadline = try Deadline(timespec: call.a4)
    var mask: (address: UInt64, size: UInt64) = (0, 0)
    if call.a5 != 0 {
      let words = try UserMemory.readArray(call.a5, count: 2, as: UInt64.self)
      mask = (words[0], words[1])
    }
    try blockTemporarily(call.task, mask.address, size: mask.size)
    return try finish(call.task, deadline, mask.address) { (task) throws(Errno) -> Int in
      try select(task, int(call.a0), (call.a1, call.a2, call.a3), deadline.timeout)
    }
  }

  /// What a bit in each of the three sets asks for, and what sets it (`select(2)`, "Correspondence between select()
  /// and poll() notifications").
  private static var reading: PollEvents { [.input, .readNormal, .hangUp, .error, PollEvents(rawValue: 0x80)] }
  private static var writing: PollEvents { [.output, .writeNormal, .error, PollEvents(rawValue: 0x200)] }
  private static var exceptional: PollEvents { .priority }

  private static func select(
    _ task: Task, _ limit: Int32, _ addresses: (UInt64, UInt64, UInt64), _ timeout: PollTimeout
  ) throws(Errno) -> Int {
    guard limit >= 0 else { throw .EINVAL }
    // Descriptors beyond the table can't be open; Linux too cuts the number there.
    let count = min(Int(limit), task.files.capacity)
    let wordCount = (count + 63) / 64
    try Memory.admit(count * PollEntry.bytes)
    var sets = DescriptorSets(
      read: try bits(addresses.0, wordCount), write: try bits(addresses.1, wordCount),
      except: try bits(addresses.2, wordCount))
    var entries: [PollEntry] = []
    var descriptors: [Int] = []
    for descriptor in 0..<count {
      let (reads, writes, excepts) = sets.contains(descriptor)
      guard reads || writes || excepts else { continue }
      var wanted: PollEvents = []
      if reads { wanted.formUnion(reading) }
      if writes { wanted.formUnion(writing) }
      if excepts { wanted.formUnion(exceptional) }
      entries.append(PollEntry(file: try task.files.file(Int32(descriptor)), wanted: wanted))
      descriptors.append(descriptor)
    }
    do throws(Errno) {
      _ = try PollEntry.wait(for: &entries, timeout)
    } catch {
      throw error == .ERESTARTSYS ? .ERESTARTNOHAND : error
    }
    var found = 0
    for (index, descriptor) in descriptors.enumerated() {
      let ready = entries[index].ready
      found += sets.keep(
        descriptor, read: !ready.isDisjoint(with: reading), write: !ready.isDisjoint(with: writing),
        except: !ready.isDisjoint(with: exceptional))
    }
    try store(sets.read, addresses.0)
    try store(sets.write, addresses.1)
    try store(sets.except, addresses.2)
    return found
  }

  private static func bits(_ address: UInt64, _ count: Int) throws(Errno) -> [UInt64] {
    if address == 0 || count == 0 { return [UInt64](repeating: 0, count: count) }
    return try UserMemory.readArray(address, count: count, as: UInt64.self)
  }

  private static func store(_ words: [UInt64], _ address: UInt64) throws(Errno) {
    if address != 0 && !words.isEmpty { try UserMemory.writeArray(words, to: address) }
  }
}

/// The three `fd_set`s of a call.
private struct DescriptorSets {
  var read: [UInt64]
  var write: [UInt64]
  var except: [UInt64]

  func contains(_ descriptor: Int) -> (Bool, Bool, Bool) {
    let bit: UInt64 = 1 << UInt64(descriptor & 63)
    let word = descriptor >> 6
    return (read[word] & bit != 0, write[word] & bit != 0, except[word] & bit != 0)
  }

  /// Keeps the descriptor's bits that were set and hold; gives how many.
  mutating func keep(_ descriptor: Int, read: Bool, write: Bool, except: Bool) -> Int {
    let was = contains(descriptor)
    let bit: UInt64 = 1 << UInt64(descriptor & 63)
    let word = descriptor >> 6
    var kept = 0
    if was.0 { if read { kept += 1 } else { self.read[word] &= ~bit } }
    if was.1 { if write { kept += 1 } else { self.write[word] &= ~bit } }
    if was.2 { if except { kept += 1 } else { self.except[word] &= ~bit } }
    return kept
  }
}
