/// The first bytes on a new program's stack (AMD64 ABI, 3.4.1): argc, argv, envp and the auxiliary vector, with
/// the strings they point to above them.
public struct InitialStack: Sendable {
  /// The bytes, to be put at `pointer`.
  public let bytes: [UInt8]
  /// The stack pointer at the first instruction: 16-aligned, argc lies there.
  public let pointer: UInt64
  /// Where the argument and environment strings are (`/proc/PID/cmdline`, `environ`).
  public let arguments: Range<UInt64>
  public let environment: Range<UInt64>

  /// An entry of the auxiliary vector (`getauxval(3)`).
  public struct Auxiliary: Equatable, Sendable {
    public let type: UInt64
    public let value: UInt64
    public init(_ type: UInt64, _ value: UInt64) {
      self.type = type
      self.value = value
    }
  }

  /// - Parameters:
  ///   - top: one beyond the highest byte of the stack, 16-aligned.
  ///   - auxiliary: without those that point into the stack, which are added here: `AT_RANDOM`, `AT_EXECFN`,
  ///     `AT_PLATFORM`, `AT_NULL`.
  ///   - random: 16 bytes for `AT_RANDOM`.
  public init(
    top: UInt64, arguments: ArgumentList, environment: ArgumentList, path: [UInt8], auxiliary: [Auxiliary],
    random: [UInt8]
  ) {
    let platform: [UInt8] = [0x78, 0x38, 0x36, 0x5f, 0x36, 0x34, 0]  // "x86_64"
    // From the top down: 8 zero bytes, path, environment, arguments, platform, random bytes.
    let pathAddress = top &- 8 &- UInt64(path.count + 1)
    let environmentAddress = pathAddress &- UInt64(environment.bytes.count)
    let argumentsAddress = environmentAddress &- UInt64(arguments.bytes.count)
    let platformAddress = argumentsAddress &- UInt64(platform.count)
    let randomAddress = (platformAddress &- 16) & ~15
    var vector = auxiliary
    vector.append(Auxiliary(25, randomAddress))  // AT_RANDOM
    vector.append(Auxiliary(31, pathAddress))  // AT_EXECFN
    vector.append(Auxiliary(15, platformAddress))  // AT_PLATFORM
    vector.append(Auxiliary(0, 0))
    let words = 1 + arguments.count + 1 + environment.count + 1 + vector.count * 2
    let pointer = (randomAddress &- UInt64(words * 8)) & ~15

    var bytes = [UInt8](repeating: 0, count: Int(top &- pointer))
    var offset = 0
    func put(_ word: UInt64, _ bytes: inout [UInt8]) {
      bytes.store(word, at: offset)
      offset += 8
    }
    put(UInt64(arguments.count), &bytes)
    InitialStack.putPointers(arguments, at: argumentsAddress, into: &bytes, &offset)
    InitialStack.putPointers(environment, at: environmentAddress, into: &bytes, &offset)
    for entry in vector {
      put(entry.type, &bytes)
      put(entry.value, &bytes)
    }
    InitialStack.put(random, at: Int(randomAddress &- pointer), into: &bytes)
    InitialStack.put(platform, at: Int(platformAddress &- pointer), into: &bytes)
    InitialStack.put(arguments.bytes, at: Int(argumentsAddress &- pointer), into: &bytes)
    InitialStack.put(environment.bytes, at: Int(environmentAddress &- pointer), into: &bytes)
    InitialStack.put(path, at: Int(pathAddress &- pointer), into: &bytes)

    self.bytes = bytes
    self.pointer = pointer
    self.arguments = argumentsAddress..<environmentAddress
    self.environment = environmentAddress..<pathAddress
  }

  /// Pointers to each string of the list, and a null pointer.
  private static func putPointers(_ list: ArgumentList, at address: UInt64, into bytes: inout [UInt8], _ offset: inout Int) {
    var start = 0
    for index in 0..<list.bytes.count where list.bytes[index] == 0 {
      bytes.store(address &+ UInt64(start), at: offset)
      offset += 8
      start = index + 1
    }
    offset += 8
  }

  private static func put(_ source: [UInt8], at offset: Int, into bytes: inout [UInt8]) {
    for index in 0..<source.count { bytes[offset + index] = source[index] }
  }
}
