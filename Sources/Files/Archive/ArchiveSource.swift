import Memory

/// The bytes of an archive, wherever they are.
public protocol ArchiveSource {
  var count: Int { get }
  /// `length` bytes from `offset` on; the range lies within the archive.
  func bytes(at offset: Int, _ length: Int) -> [UInt8]
}

/// An archive that lies in physical memory, where the loader put it. Its frames must stay as they are until it is
/// unpacked; the kernel gives them to the frame allocator then (`Memory.reclaim`).
public struct LoadedArchive: ArchiveSource {
  private let start: UInt64
  public let count: Int

  /// - Parameter start: physical address of the first byte.
  public init(start: UInt64, count: Int) {
    self.start = start
    self.count = count
  }

  public func bytes(at offset: Int, _ length: Int) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: length)
    var done = 0
    while done < length {
      let address = start + UInt64(offset + done)
      let within = Int(truncatingIfNeeded: address & 4095)
      let count = min(4096 - within, length - done)
      Frames.copy(from: Frame(physical: address), offset: within, into: &result, at: done, count: count)
      done += count
    }
    return result
  }
}

/// An archive in an array.
public struct ArrayArchive: ArchiveSource {
  private let data: [UInt8]
  public init(_ data: [UInt8]) { self.data = data }
  public var count: Int { data.count }
  public func bytes(at offset: Int, _ length: Int) -> [UInt8] { Array(data[offset..<offset + length]) }
}
