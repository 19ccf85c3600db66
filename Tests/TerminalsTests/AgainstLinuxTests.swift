import Glibc
import Testing

@testable import Terminals

/// The oracle is Linux: the same bytes, typed on one of the host's own pseudo-terminals with the same settings, must
/// be echoed and read the same.
@Suite(.serialized) struct AgainstLinuxTests {
  /// The alphabet: letters, what edits, what ends lines, what is special in one mode or another.
  static let keys: [UInt8] =
    Array("abc XY_\t".utf8) + [10, 13, 127, 21, 23, 22, 18, 4, 8, 1, 27, 0xc3, 0xa9, 0xff, 0, 15]

  @Test(arguments: 0..<80) func sameEchoAndInput(_ seed: Int) throws {
    var random = Generator(seed: UInt64(seed) &* 7919 &+ 1)
    guard let line = LinuxTerminal() else { return }  // no pseudo-terminals here
    var settings = Termios.standard.changed(by: line.settings())
    settings.input = InputModes(
      rawValue: settings.input.rawValue & ~0o52740 | UInt32(truncatingIfNeeded: random.next()) & 0o40740)
    settings.local = LocalModes(
      rawValue: (settings.local.rawValue & ~0o107172)
        | (UInt32(truncatingIfNeeded: random.next()) & 0o107170) | (random.next() % 4 == 0 ? 0 : 2))
    settings.output = OutputModes(
      rawValue: random.next() % 4 == 0 ? 0 : 1 | UInt32(truncatingIfNeeded: random.next()) & 0o14076)
    settings.characters[11] = random.next() % 2 == 0 ? 1 : 0
    line.set(settings.encoded(withSpeeds: false))
    let typing = Typing { $0 = settings }
    for _ in 0..<4 {
      let bytes = (0..<Int(random.next() % 24)).map { _ in Self.keys[Int(random.next() % UInt64(Self.keys.count))] }
      let shown = typing.type(bytes)
      let expected = line.type(bytes, echoes: shown.count)
      #expect(shown == expected, "echo of \(bytes) under \(settings.local.rawValue)")
      while true {
        let maximum = Int(random.next() % 8) + 1
        let mine: [UInt8]? = typing.discipline.hasInput() ? typing.discipline.take(maximum) : nil
        let theirs = line.read(maximum, isThere: mine != nil)
        #expect(mine == theirs, "input after \(bytes)")
        if mine == nil || theirs == nil { break }
      }
    }
  }
}

/// A pseudo-terminal of the host's.
private final class LinuxTerminal {
  private let master: Int32
  private let slave: Int32

  init?() {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var unlocked: Int32 = 0
    var number: Int32 = 0
    guard master >= 0, ioctl(master, 0x4004_5431, &unlocked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
      return nil
    }
    slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_NONBLOCK)
    guard slave >= 0 else { return nil }
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
  }

  deinit {
    close(slave)
    close(master)
  }

  func settings() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 36)
    _ = bytes.withUnsafeMutableBytes { ioctl(slave, 0x5401, $0.baseAddress!) }
    return bytes
  }

  func set(_ bytes: [UInt8]) {
    var bytes = bytes
    _ = bytes.withUnsafeMutableBytes { ioctl(slave, 0x5402, $0.baseAddress!) }
  }

  /// Types, and gives what is shown. A worker of the host's kernel does the echoing: at least five milliseconds are given
  /// to it, and two seconds as long as fewer than `echoes` bytes have come.
  func type(_ bytes: [UInt8], echoes: Int) -> [UInt8] {
    _ = bytes.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
    usleep(5000)
    var shown = take(master, 8192) ?? []
    for _ in 0..<400 where shown.count < echoes {
      usleep(5000)
      shown += take(master, 8192) ?? []
    }
    return shown
  }

  /// Reads what is there; waits up to two seconds when something is to be (`isThere`).
  func read(_ maximum: Int, isThere: Bool) -> [UInt8]? {
    var bytes = take(slave, maximum)
    for _ in 0..<400 where isThere && bytes == nil {
      usleep(5000)
      bytes = take(slave, maximum)
    }
    return bytes
  }

  private func take(_ file: Int32, _ maximum: Int) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: maximum)
    let count = buffer.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, maximum) }
    return count < 0 ? nil : [UInt8](buffer[0..<count])
  }
}

/// xorshift64*
private struct Generator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return (state &* 0x2545_f491_4f6c_dd1d) >> 16
  }
}
