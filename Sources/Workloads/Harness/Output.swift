// Text out. No buffering: what a process said before it died is on the screen.
import CLinux

/// Writes the text to a descriptor, all of it (short writes are continued).
public func say(_ text: String, to descriptor: Int32 = 1) {
  var text = text
  text.withUTF8 { bytes in
    var done = 0
    while done < bytes.count {
      let n = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if n <= 0 { return }
      done += n
    }
  }
}

/// Writes the line and ends the process with the status.
public func fail(_ text: String, status: Int32 = 1) -> Never {
  say(text + "\n", to: 2)
  _exit(status)
}

/// The text right-aligned (or left-aligned) in a field.
public func padded(_ text: String, _ width: Int, left: Bool = false) -> String {
  var blanks = ""
  var n = text.utf8.count
  while n < width {
    blanks += " "
    n += 1
  }
  return left ? text + blanks : blanks + text
}

/// The text in a C buffer, up to its null.
public func string(_ buffer: [CChar]) -> String {
  var bytes: [UInt8] = []
  for c in buffer {
    if c == 0 { break }
    bytes.append(UInt8(bitPattern: c))
  }
  return String(decoding: bytes, as: UTF8.self)
}
