import Basics
import Locking
import Memory

/// The bytes in a pipe: a ring of page frames, each allocated when it is first written to and given back when it
/// has been read. The first frame stays, and an empty ring starts over in it, so that a pipe through which small
/// messages go back and forth allocates nothing.
struct PipeRing: ~Copyable {
  /// Frame numbers; `absent` where there is none yet. The count is a power of two.
  private var frames: FixedArray<UInt32>
  /// Where the next byte is read and written: offsets that grow until the ring is empty.
  private var head = 0
  private var tail = 0
  /// Bytes behind `tail` of a write that is not complete; readers don't see them.
  private(set) var staged = 0

  private static var absent: UInt32 { .max }

  /// - Parameter pages: capacity in pages, a power of two.
  init(pages: Int) { frames = FixedArray(count: pages) { _ in PipeRing.absent } }

  deinit {
    for slot in 0..<frames.count where frames[slot] != PipeRing.absent {
      Frames.release(Frame(number: frames[slot]))
    }
  }

  var capacity: Int { frames.count &* Frame.size }
  var count: Int { tail &- head }
  var room: Int { capacity &- count &- staged }
  private var mask: Int { capacity &- 1 }

  /// Stages up to `count` bytes of `source`, at most `room`, without faulting pages in.
  /// - Returns: how many; fewer when a page of the source is not there.
  /// - Throws: `ENOMEM` when no frame is to be had for the first of them.
  mutating func stage(_ source: inout UserSource, _ count: Int) throws(Errno) -> Int {
    let mask = mask
    var done = 0
    while done < count {
      let place = (tail &+ staged) & mask
      let slot = place &>> 12
      let offset = place & 4095
      if frames[slot] == PipeRing.absent {
        guard let frame = Frames.allocate(zeroed: false) else {
          if done > 0 { break }
          throw .ENOMEM
        }
        frames[slot] = frame.number
      }
      let part = min(4096 &- offset, count &- done)
      let copied = source.copyNoFault(into: Frame(number: frames[slot]), offset: offset, count: part)
      done &+= copied
      staged &+= copied
      if copied < part { break }
    }
    return done
  }

  /// Shows readers what was staged.
  mutating func publish() {
    tail &+= staged
    staged = 0
  }

  /// Forgets what was staged.
  mutating func unstage() { staged = 0 }

  /// Moves up to `count` bytes, at most as many as there are, to `sink`, without faulting pages in.
  /// - Returns: how many; fewer when a page of the sink is not there.
  mutating func read(into sink: inout UserSink, _ count: Int) -> Int {
    let mask = mask
    var done = 0
    while done < count {
      let place = head & mask
      let slot = place &>> 12
      let offset = place & 4095
      let part = min(4096 &- offset, count &- done)
      let copied = sink.copyNoFault(from: Frame(number: frames[slot]), offset: offset, count: part)
      done &+= copied
      head &+= copied
      if offset &+ copied == 4096 { releaseRead(slot) }
      if copied < part { break }
    }
    if head == tail && staged == 0 { restart() }
    return done
  }

  /// The page `slot` has been read to its end; it goes unless the writer is in it already again.
  private mutating func releaseRead(_ slot: Int) {
    let end = tail &+ staged
    let writesThere = end & 4095 != 0 && (end & mask) &>> 12 == slot && end &- head > 0
    if slot != 0 && !writesThere { drop(slot) }
  }

  private mutating func restart() {
    let slot = (head & mask) &>> 12
    if slot != 0 { drop(slot) }
    head = 0
    tail = 0
  }

  private mutating func drop(_ slot: Int) {
    guard frames[slot] != PipeRing.absent else { return }
    Frames.release(Frame(number: frames[slot]))
    frames[slot] = PipeRing.absent
  }

  /// Forgets everything.
  mutating func clear() {
    for slot in 0..<frames.count { drop(slot) }
    head = 0
    tail = 0
    staged = 0
  }

  /// Changes the capacity. False when what is in the ring does not fit; `ENOMEM`.
  mutating func resize(pages: Int) throws(Errno) -> Bool {
    let start = head & 4095
    let used = count
    guard start &+ used <= pages &* 4096 else { return false }
    var new = FixedArray<UInt32>(count: pages) { _ in PipeRing.absent }
    let oldSlots = frames.count
    let firstSlot = (head & mask) &>> 12
    let neededSlots = (start &+ used &+ 4095) &>> 12
    // A full ring's end can lie in the page of its start: then that page becomes two.
    if neededSlots > oldSlots {
      guard let copy = Frames.allocate(zeroed: false) else { throw .ENOMEM }
      Frames.copyPage(from: Frame(number: frames[firstSlot]), to: copy)
      new[oldSlots] = copy.number
    }
    for index in 0..<min(neededSlots, oldSlots) {
      let slot = (firstSlot &+ index) & (oldSlots &- 1)
      new[index] = frames[slot]
      frames[slot] = PipeRing.absent
    }
    for slot in 0..<oldSlots { drop(slot) }
    frames = new
    head = start
    tail = start &+ used
    return true
  }
}
