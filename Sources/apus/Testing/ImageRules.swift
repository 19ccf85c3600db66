/// Promises about the kernel's ELF files, kept by looking at them.
enum ImageRules {
  static let group = TestGroup("image", [
    ("no lazy globals (swift_once)", { try onBoth(noLazyGlobals) }),
    ("no floating-point registers in Swift code", { try onBoth(noVectorRegisters) }),
    ("stack frames are small", { try onBoth(smallFrames) }),
    ("no undefined symbols", { try onBoth(noUndefinedSymbols) }),
    ("no memory both writable and executable", { try onBoth(noWritableCode) }),
    ("the kernel has a PVH entry", { try onBoth(hasEntryNote) }),
    ("the checked kernel is another one", checkedDiffers),
  ])

  private static func onBoth(_ rule: (String) throws -> Void) throws {
    for checked in [false, true] { try rule(try KernelImage.path(checked: checked)) }
  }

  /// A pipeline of the shell over a tool of the Swift toolchain; `$0` is the tool, `$1` the kernel.
  private static func output(_ tool: String, _ script: String, _ kernel: String) throws -> [String] {
    guard let path = Symbolizer.toolchainProgram(tool) else { throw Mismatch("\(tool) is missing") }
    let result = try Subprocess.run(["sh", "-c", script, path, kernel], timeout: 120)
    try expect(tool, result.end, is: .exited(0))
    return result.text.split(separator: "\n").map(String.init)
  }

  private static func noLazyGlobals(_ kernel: String) throws {
    let found = try output("llvm-nm", "\"$0\" \"$1\" | grep -w -e swift_once || true", kernel)
    if !found.isEmpty { throw Mismatch(found.joined(separator: "\n")) }
  }

  /// Functions that use vector registers. Those in assembly may: they save what they use, and say so.
  private static func noVectorRegisters(_ kernel: String) throws {
    let script = #"""
      "$0" -d --no-show-raw-insn "$1" |
        awk '/^[0-9a-f]+ <.*>:/ { name = $2 } /%[xyz]mm[0-9]/ { seen[name] = 1 } END { for (n in seen) print n }'
      """#
    let assembly = try assemblyNames()
    let found = try output("llvm-objdump", script, kernel).map { String($0.dropFirst().dropLast(2)) }
    let wrong = found.filter { !assembly.contains($0) }
    if !wrong.isEmpty { throw Mismatch(wrong.prefix(10).joined(separator: "\n")) }
  }

  /// Functions whose frames take more than a sixth of a kernel stack. What makes a CPU's memory block may: it runs on the
  /// stack of the boot, before there are threads.
  private static func smallFrames(_ kernel: String) throws {
    let script = #"""
      "$0" -d --no-show-raw-insn "$1" |
        awk '/^[0-9a-f]+ <.*>:/ { name = $2 } /sub[a-z]*[ \t]+\$0x[0-9a-f]+, %rsp/ { print $(NF - 1), name }'
      """#
    let found = try output("llvm-objdump", script, kernel)
    if found.count < 100 { throw Mismatch("only \(found.count) frames were recognised") }
    let wrong = found.filter { line in
      let words = line.split(separator: " ")
      let size = Int(words[0].dropFirst(3).prefix { $0 != "," }, radix: 16) ?? 0
      return size > 2560 && line[...].range(of: "CPUMemory") == nil
    }
    if !wrong.isEmpty { throw Mismatch(wrong.prefix(10).joined(separator: "\n")) }
  }

  private static func noUndefinedSymbols(_ kernel: String) throws {
    let found = try output("llvm-nm", "\"$0\" --undefined-only \"$1\"", kernel)
    if !found.isEmpty { throw Mismatch(found.joined(separator: "\n")) }
  }

  private static func noWritableCode(_ kernel: String) throws {
    let found = try output("llvm-objdump", "\"$0\" -p \"$1\" | grep -B1 'flags rwx' | grep LOAD || true", kernel)
    if !found.isEmpty { throw Mismatch(found.joined(separator: "\n")) }
  }

  private static func hasEntryNote(_ kernel: String) throws {
    let found = try output("llvm-objdump", "\"$0\" -p \"$1\" | grep NOTE || true", kernel)
    if found.isEmpty { throw Mismatch("\(kernel) has no note segment") }
  }

  private static func checkedDiffers() throws {
    let (plain, checked) = (try KernelImage.path(checked: false), try KernelImage.path(checked: true))
    if try Files.read(plain) == Files.read(checked) { throw Mismatch("both images are the same") }
  }

  /// The names that the assembly sources define.
  private static func assemblyNames() throws -> Set<String> {
    var names: Set<String> = []
    for path in try (Files.tree("\(Places.repository)/Sources") + Files.tree("\(Places.repository)/Image"))
    where path.hasSuffix(".S") {
      for line in try Files.text(path).split(separator: "\n") {
        let words = line.split(whereSeparator: { " \t,:".contains($0) })
        if words.count > 1, words[0] == ".globl" || words[0] == ".global" || words[0] == ".type" {
          names.insert(String(words[1]))
        } else if words.count == 1, line.hasSuffix(":") {
          names.insert(String(words[0]))
        }
      }
    }
    return names
  }
}
