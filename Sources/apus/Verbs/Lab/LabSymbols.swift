import ArgumentParser

/// `apus lab symbols`: names for the kernel's addresses.
struct LabSymbols: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "symbols",
    abstract: "Copy stdin to stdout with the kernel's addresses, such as those in /proc/lock_stat, as names.",
    discussion: """
      The kernel must be the one that wrote them: the plain one, or with --checked the checked one.

      Examples:
        ./apus run --locks split -- sh -c 'ls -R / | wc; cat /proc/lock_stat' | ./apus lab symbols
      """)

  @Flag(name: .long, help: "The checked kernel's addresses.")
  var checked = false

  func run() throws {
    let text = String(decoding: try Files.read(0, name: "stdin"), as: UTF8.self)
    let names = SiteNames(text, Symbolizer(kernel: try KernelImage.path(checked: checked)))
    Files.writeAll(1, Array(names.text.utf8))
  }
}

/// Addresses in the form `[<00007f0000123456>]`, as Linux writes them, with names behind them.
struct SiteNames {
  let text: String

  init(_ source: String, _ symbolizer: Symbolizer) {
    var addresses: [UInt64] = []
    for piece in source.split(separator: "[<").dropFirst() {
      if let address = Self.address(piece), !addresses.contains(address) { addresses.append(address) }
    }
    let places = Dictionary(
      uniqueKeysWithValues: zip(addresses, symbolizer.places(addresses.map { $0 &- 1 })).map { ($0, Self.describe($1)) })
    var result = ""
    for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
      if !result.isEmpty { result += "\n" }
      result += line
      if let start = line.range(of: "[<"), let address = Self.address(line[start.upperBound...]), let place = places[address] {
        result += " \(place)"
      }
    }
    text = result
  }

  private static func address(_ text: Substring) -> UInt64? {
    guard let end = text.range(of: ">]") else { return nil }
    return UInt64(text[..<end.lowerBound], radix: 16)
  }

  /// The innermost functions may be the lock's own, inlined, or have no line: the first outside of them is who asked.
  private static func describe(_ places: [SourcePlace]) -> String {
    let outside = places.first { place in
      place.line > 0 && place.file[...].range(of: "Locking/") == nil && place.file[...].range(of: "SleepLock.swift") == nil
    }
    return (outside ?? places.last)?.text ?? ""
  }
}
