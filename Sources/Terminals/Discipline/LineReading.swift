// What readers get of the input (`termios(3)`, "Canonical and noncanonical mode").

extension LineDiscipline {
  /// Whether `read` has something to give: a line (an empty one too: EOF), or at least `minimum` bytes in raw mode.
  public func hasInput(minimum: Int = 1) -> Bool {
    isCanonical ? complete > 0 : input.count >= max(minimum, 1)
  }

  /// How many bytes `poll` waits for: VMIN counts when VTIME is 0.
  public var pollMinimum: Int {
    settings.characters.time == 0 ? max(1, Int(settings.characters.minimum)) : 1
  }

  /// Takes up to `maximum` bytes: of one line, its end included, in canonical mode (nothing for EOF at its start);
  /// else of all there is.
  public mutating func take(_ maximum: Int) -> [UInt8] {
    guard isCanonical else { return input.take(maximum) }
    var line: [UInt8] = []
    while complete > 0 {
      let place = Int(bitPattern: input.head) & (LineDiscipline.capacity - 1)
      let ends = endsLine[place]
      let byte = input[0]
      // An EOF that follows a filled buffer belongs to that read: it must not end the next one.
      if ends, byte == LineDiscipline.endOfFileMark {
        input.drop(1)
        complete -= 1
        break
      }
      if line.count >= maximum { break }
      line.append(byte)
      input.drop(1)
      complete -= 1
      if ends { break }
    }
    return line
  }

  /// What `FIONREAD` (`TIOCINQ`) tells: bytes that reads will give.
  public var readableCount: Int {
    guard isCanonical else { return input.count }
    var count = 0
    for index in 0..<complete {
      let place = Int(bitPattern: input.head &+ UInt(index)) & (LineDiscipline.capacity - 1)
      if !(endsLine[place] && input[index] == LineDiscipline.endOfFileMark) { count += 1 }
    }
    return count
  }
}
