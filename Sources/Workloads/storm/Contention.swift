// One range of addresses that several threads map, unmap, protect, move, empty and fork, while all of them read and write it.
// After munmap every thread's access must fault, after mprotect every write, after a new mapping nobody may see the old page,
// and after a fork no write may reach the child, whatever the CPUs have in their TLBs.
import CLinux
import Harness

func contentionRound(_ random: inout Random) -> String? {
  let seed = Int(random.next() >> 2)
  let threads = 2 + random.below(5)
  let words = sharedWords(80)
  defer { munmap(words, pageSize) }
  let battle = Battle(words: words)
  let end = run {
    catch_faults()
    let processors = affinity_get(0)
    var workers: [Worker] = []
    for t in 0..<threads {
      guard let w = Worker({ Fighter(battle, t, seed &+ t, processors).fight() }) else { return 70 }
      workers.append(w)
    }
    for w in workers { w.join() }
    if !battle.hasFailed { lookAround(battle) }
    return battle.hasFailed ? 1 : 0
  }
  if let failure = battle.failure { return "contention of \(threads) threads: \(failure)" }
  if end == 70 { return "a thread could not be started" }
  if end != 0 { return "the process whose threads contend ended with \(end) (256 + a signal)" }
  return battle.accesses == 0 ? "threads that contend have done nothing" : nil
}

/// All is quiet: every slot is as told, every change was counted, and nothing is left after a last munmap.
private func lookAround(_ battle: Battle) {
  var generations = 0
  for number in 0..<Battle.slots {
    let slot = battle.slot(number)
    generations += slot.generation
    for page in 0..<Slot.pageCount {
      var value = 0
      let fault = try_load(slot.word(page, 0), &value)
      if fault != Slot.fault(slot.kind, writing: false) { return battle.fail(.faultOfLoad, number, fault, slot.kind.rawValue) }
      if fault == 0 && value != slot.expected(page) { return battle.fail(.contents, number, value, slot.expected(page)) }
    }
  }
  if generations != 2 * battle.changes { return battle.fail(.count, 0, generations, 2 * battle.changes) }
  if munmap(Battle.arena, Battle.length) != 0 { return battle.fail(.call, 9, Int(errno_get()), 0) }
  for page in 0..<Battle.length / pageSize {
    var value = 0
    let word = (Battle.arena + page * pageSize).assumingMemoryBound(to: Int.self)
    let faults = (try_load(word, &value), try_store(word, 1))
    if faults != (Int(SEGV_MAPERR), Int(SEGV_MAPERR)) { return battle.fail(.afterUnmap, page, faults.0, faults.1) }
  }
}

/// One of the threads. What it has written last into its own word of each page, and in which epoch, is its own to know.
private final class Fighter {
  let battle: Battle
  let number: Int
  var random: Random
  var own = [(epoch: Int, value: Int)](repeating: (-1, 0), count: Battle.slots * Slot.pageCount)
  var written = 0

  init(_ battle: Battle, _ number: Int, _ seed: Int, _ processors: UInt) {
    self.battle = battle
    self.number = number
    random = Random(seed)
    // Half of them have a CPU of their own: so there are several, whose TLBs differ.
    if number % 2 == 1 { pin(processors) }
  }

  private func pin(_ processors: UInt) {
    var left = random.below(64)
    while processors != 0 {
      for cpu in 0..<64 where processors >> UInt(cpu) & 1 != 0 {
        if left == 0 {
          _ = affinity_set(0, 1 << UInt(cpu))
          return
        }
        left -= 1
      }
    }
  }

  func fight() {
    for _ in 0..<60 where !battle.hasFailed {
      switch random.below(8) {
      case 0, 1: change()
      case 2: struggle()
      default:
        let slot = random.below(Battle.slots)
        let page = random.below(Slot.pageCount)
        for _ in 0..<30 { probe(slot, page) }
      }
    }
  }

  // MARK: - Looking

  private func probe(_ number: Int, _ page: Int) {
    let slot = battle.slot(number)
    switch random.below(3) {
    case 0: probeTag(slot, number, page)
    case 1: probeOwn(slot, number, page)
    default: store(slot, number, page)
    }
  }

  private func probeTag(_ slot: Slot, _ number: Int, _ page: Int) {
    let (generation, kind, expected) = (slot.generation, slot.kind, slot.expected(page))
    var value = 0
    let fault = try_load(slot.word(page, 0), &value)
    battle.countAccess(fault)
    if fault == 0 && !battle.isPlausible(value, page) { return battle.fail(.strangeContents, number, value, expected) }
    guard generation & 1 == 0, slot.generation == generation else { return }
    let wanted = Slot.fault(kind, writing: false)
    if fault != wanted { return battle.fail(.faultOfLoad, number, fault, wanted) }
    if fault == 0 && value != expected { battle.fail(.contents, number, value, expected) }
  }

  private func probeOwn(_ slot: Slot, _ number: Int, _ page: Int) {
    let (generation, kind, epoch, isMoved) = (slot.generation, slot.kind, slot.epoch, slot.isMoved)
    var value = 0
    let fault = try_load(slot.word(page, 1 + self.number), &value)
    battle.countAccess(fault)
    guard generation & 1 == 0, slot.generation == generation else { return }
    let wanted = Slot.fault(kind, writing: false)
    if fault != wanted { return battle.fail(.faultOfLoad, number, fault, wanted) }
    if fault != 0 { return }
    let known = own[number * Slot.pageCount + page]
    // With new contents the word is empty, or has what was written while they came.
    let isRight = known.epoch == epoch ? value == known.value : value == 0 || value == known.value || isMoved
    if !isRight { return battle.fail(.ownWord, number, value, known.value) }
    own[number * Slot.pageCount + page] = (epoch, value)
  }

  private func store(_ slot: Slot, _ number: Int, _ page: Int) {
    let (generation, kind, epoch) = (slot.generation, slot.kind, slot.epoch)
    written += 1
    let fault = try_store(slot.word(page, 1 + self.number), written)
    battle.countAccess(fault)
    // In a slot that is just being changed, too: if its epoch stays the same, so must this.
    if fault == 0 { own[number * Slot.pageCount + page] = (epoch, written) }
    guard generation & 1 == 0, slot.generation == generation else { return }
    let wanted = Slot.fault(kind, writing: true)
    if fault != wanted { battle.fail(.faultOfStore, number, fault, wanted) }
  }

  // MARK: - Changing

  private func change() {
    let number = random.below(Battle.slots)
    let slot = battle.slot(number)
    guard slot.take() else { return }
    if slot.kind == .unmapped {
      map(slot, number)
    } else {
      switch random.below(8) {
      case 0: unmap(slot, number)
      case 1: map(slot, number)
      case 2, 3: protect(slot, number)
      case 4: empty(slot, number)
      case 5: move(slot, number)
      default: fork(slot, number)
      }
    }
    battle.countChange()
    slot.give()
  }

  /// New pages, whatever was there.
  private func map(_ slot: Slot, _ number: Int) {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED
    guard x_mmap(slot.base, UInt(Slot.length), PROT_READ | PROT_WRITE, flags, -1, 0) == slot.base else {
      return battle.fail(.call, 1, Int(errno_get()), 0)
    }
    let tag = battle.newTag()
    for page in 0..<Slot.pageCount {
      let word = slot.word(page, 0)
      var value = 0
      let fault = try_load(word, &value)
      if fault != 0 { return battle.fail(.faultOfLoad, number, fault, 0) }
      if value != 0 { return battle.fail(.freshContents, number, value, 0) }
      word.pointee = tag + page
    }
    slot.tell(.writable, tag: tag)
  }

  private func unmap(_ slot: Slot, _ number: Int) {
    if munmap(slot.base, Slot.length) != 0 { return battle.fail(.call, 2, Int(errno_get()), 0) }
    slot.tell(.unmapped, tag: 0)
    for page in 0..<Slot.pageCount {
      let fault = try_store(slot.word(page, 0), 1)
      if fault != Int(SEGV_MAPERR) { return battle.fail(.afterUnmap, number, fault, Int(SEGV_MAPERR)) }
    }
  }

  private func protect(_ slot: Slot, _ number: Int) {
    let kind: Slot.Kind = random.below(4) == 0 ? .none : random.below(2) == 0 ? .readOnly : .writable
    if mprotect(slot.base, Slot.length, Slot.protection(kind)) != 0 { return battle.fail(.call, 3, Int(errno_get()), 0) }
    slot.tell(kind)
  }

  private func empty(_ slot: Slot, _ number: Int) {
    if madvise(slot.base, Slot.length, MADV_DONTNEED) != 0 { return battle.fail(.call, 4, Int(errno_get()), 0) }
    slot.tell(slot.kind, tag: 0)
  }

  /// To another slot, in the place of what is there.
  private func move(_ slot: Slot, _ number: Int) {
    let target = random.below(Battle.slots)
    let other = battle.slot(target)
    guard target != number, other.take() else { return }
    let flags = Int32(MREMAP_MAYMOVE) | Int32(MREMAP_FIXED)
    if x_mremap(slot.base, UInt(Slot.length), UInt(Slot.length), flags, other.base) != other.base {
      battle.fail(.call, 5, Int(errno_get()), 0)
    }
    other.tell(slot.kind, tag: slot.tag, isMoved: true)
    slot.tell(.unmapped, tag: 0)
    battle.countChange()
    other.give()
  }

  /// The child sees the slot as it is told, and none of what the other threads go on writing; what it writes itself
  /// is seen by nobody.
  private func fork(_ slot: Slot, _ number: Int) {
    let (kind, battle) = (slot.kind, self.battle)
    if kind == .none { return }
    let end = run {
      for page in 0..<Slot.pageCount where slot.word(page, 0).pointee != slot.expected(page) { return 2 }
      var sum = 0
      for turn in 0..<3 {
        var now = 0
        for page in 0..<Slot.pageCount { for word in 1..<9 { now = now &* 31 &+ slot.word(page, word).pointee } }
        if turn > 0 && now != sum { return 3 }
        sum = now
        sched_yield()
      }
      for page in 0..<Slot.pageCount {
        let fault = try_store(slot.word(page, 0), -1)
        if fault != Slot.fault(kind, writing: true) { return 4 }
      }
      return battle.hasFailed ? 5 : 0
    }
    if end != 0 && end != 5 { battle.fail(.child, number, end, 0) }
  }

  // MARK: - Without rules

  /// Anything at any time, with pages that nobody owns: what is read there was once written there.
  private func struggle() {
    for _ in 0..<20 {
      let page = random.below(Battle.loosePages)
      let word = battle.loose(page)
      let count = 1 + random.below(Battle.loosePages - page)
      switch random.below(6) {
      case 0:
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED
        if x_mmap(word, UInt(count * pageSize), PROT_READ | PROT_WRITE, flags, -1, 0) != UnsafeMutableRawPointer(word) {
          return battle.fail(.call, 6, Int(errno_get()), 0)
        }
      case 1: if random.below(3) == 0 { munmap(word, count * pageSize) }
      case 2: mprotect(word, count * pageSize, random.below(3) == 0 ? PROT_READ : PROT_READ | PROT_WRITE)
      case 3: battle.countAccess(try_store(word, battle.newTag() + page))
      default:
        var value = 0
        let fault = try_load(word, &value)
        battle.countAccess(fault)
        if fault == 0 && !battle.isPlausible(value, page) { return battle.fail(.strangeContents, 100 + page, value, 0) }
      }
    }
  }
}
