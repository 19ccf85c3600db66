// Canonical mode: the line under way can be edited until a line end completes it.

extension LineDiscipline {
  /// A byte in canonical mode; nil when it is an ordinary one.
  mutating func edit(_ byte: UInt8, _ output: inout TerminalOutput) -> InputEffects? {
    if byte == 10 {
      if settings.local.contains(.echo) || settings.local.contains(.echoNewline) { output.put(10, settings) }
      return completeLine(10)
    }
    guard byte != 0 else { return nil }
    let extended = settings.local.contains(.extensions)
    let characters = settings.characters
    if byte == characters.erase || byte == characters.kill || (byte == characters.wordErase && extended) {
      erase(byte, &output)
      return InputEffects()
    }
    if byte == characters.literalNext, extended {
      literalNext = true
      if settings.local.contains(.echo) {
        finishPrintingErased(&output)
        if settings.local.contains(.echoControl) {
          output.put(94, settings)
          output.put(8, settings)
        }
      }
      return InputEffects()
    }
    if byte == characters.reprint, extended, settings.local.contains(.echo) {
      finishPrintingErased(&output)
      echo(byte, &output)
      output.put(10, settings)
      for index in complete..<input.count { echo(input[index], &output) }
      return InputEffects()
    }
    if byte == characters.endOfFile { return completeLine(LineDiscipline.endOfFileMark) }
    if byte == characters.endOfLine || (byte == characters.secondEndOfLine && extended) {
      if settings.local.contains(.echo) {
        if input.count == complete { output.markLineStart() }
        echo(byte, &output)
      }
      return completeLine(byte)
    }
    return nil
  }

  private mutating func completeLine(_ end: UInt8) -> InputEffects {
    enqueue(end, endsLine: true)
    complete = input.count
    var effects = InputEffects()
    effects.inputArrived = true
    return effects
  }

  /// ERASE takes a character, WERASE a word, KILL the line.
  private mutating func erase(_ byte: UInt8, _ output: inout TerminalOutput) {
    guard input.count > complete else { return }
    let echoes = settings.local.contains(.echo)
    let oneCharacter = byte == settings.characters.erase
    let oneWord = !oneCharacter && byte == settings.characters.wordErase
    if !oneCharacter && !oneWord && killAsWhole(echoes, &output) { return }
    var seenWord = false
    while input.count > complete {
      var start = input.count - 1
      while start > complete, settings.isContinuation(input[start]) { start -= 1 }
      let first = input[start]
      if settings.isContinuation(first) { break }  // half a character: not ours to erase
      if oneWord {
        if isWordByte(first) { seenWord = true } else if seenWord { break }
      }
      if echoes { showErased(from: start, oneCharacter: oneCharacter, &output) }
      input.removeLast(input.count - start)
      if oneCharacter { break }
    }
    if input.count == complete, echoes { finishPrintingErased(&output) }
  }

  /// KILL where the screen is not to be cleaned byte by byte.
  private mutating func killAsWhole(_ echoes: Bool, _ output: inout TerminalOutput) -> Bool {
    let modes = settings.local
    if echoes, modes.contains(.echoKill), modes.contains(.echoKillErase), modes.contains(.echoErase) { return false }
    input.removeLast(input.count - complete)
    if echoes {
      finishPrintingErased(&output)
      echo(settings.characters.kill, &output)
      if modes.contains(.echoKill) { output.put(10, settings) }
    }
    return true
  }

  /// Takes the last character, which starts at `start`, off the screen.
  private mutating func showErased(from start: Int, oneCharacter: Bool, _ output: inout TerminalOutput) {
    let first = input[start]
    if settings.local.contains(.echoPrint) {
      if !printsErased {
        output.put(92, settings)
        printsErased = true
      }
      echo(first, &output)
      for index in (start + 1)..<max(start + 1, input.count) { output.put(input[index], settings) }
    } else if oneCharacter && !settings.local.contains(.echoErase) {
      echo(settings.characters.erase, &output)
    } else if first == 9 {
      eraseTab(at: start, &output)
    } else {
      let asCaret = isControl(first) && settings.local.contains(.echoControl)
      if asCaret { backspace(&output) }
      if !isControl(first) || asCaret { backspace(&output) }
    }
  }

  private func backspace(_ output: inout TerminalOutput) {
    output.put(8, settings)
    output.put(32, settings)
    output.put(8, settings)
  }

  /// The tab's width depends on what stands before it, back to the tab before or the start of the line.
  private func eraseTab(at start: Int, _ output: inout TerminalOutput) {
    var width = 0
    var index = start
    while index > complete {
      index -= 1
      let byte = input[index]
      if byte == 9 { return output.eraseTab(width: width, afterTab: true) }
      if isControl(byte) {
        if settings.local.contains(.echoControl) { width += 2 }
      } else if !settings.isContinuation(byte) {
        width += 1
      }
    }
    output.eraseTab(width: width, afterTab: false)
  }

  /// Shows a byte that was typed: control characters as ^X where ECHOCTL says so.
  func echo(_ byte: UInt8, _ output: inout TerminalOutput) {
    if settings.local.contains(.echoControl), isControl(byte), byte != 9 {
      output.putCaret(byte)
    } else {
      output.put(byte, settings)
    }
  }

  mutating func finishPrintingErased(_ output: inout TerminalOutput) {
    guard printsErased else { return }
    output.put(47, settings)
    printsErased = false
  }
}

/// Linux's `isalnum` (Latin-1 letters included) or underscore.
private func isWordByte(_ byte: UInt8) -> Bool {
  switch byte {
  case 48...57, 65...90, 97...122, 95: true
  case 0xc0...0xff: byte != 0xd7 && byte != 0xf7
  default: false
  }
}
