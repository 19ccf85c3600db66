import Basics
import Files
import Locking
import Memory

/// A file whose contents are made when it is read.
open class TextInode: Inode, @unchecked Sendable {
  /// The contents now. Called with no lock held but the open file's position; may sleep.
  open func text() throws(Errno) -> [UInt8] { [] }

  /// The memory that a file opened now goes on showing, whatever program its process executes later; nil for files that
  /// show none.
  open var memory: AddressSpace? { nil }

  /// The contents now, for a file that was opened when `memory` was this. Called as `text` is.
  open func text(of memory: AddressSpace?) throws(Errno) -> [UInt8] { try text() }

  /// Somebody wrote `bytes` (at most a page, all of one `write(2)`).
  open func replace(with bytes: [UInt8]) throws(Errno) { throw .EINVAL }

  open override func open(_ request: OpenRequest) throws(Errno) -> OpenFile { TextFile(request, inode: self) }

  /// `>` truncates before it writes: nothing to do.
  open override func truncate(to size: Int64) throws(Errno) {}
}

/// An open text file: the text is made anew by a read at its start, and then read on from there, so that what one
/// reader sees fits together however small its buffer is.
public final class TextFile: OpenFile, @unchecked Sendable {
  private let text = SpinLock<[UInt8]?>(.openFile, nil)
  private let source: TextInode
  private let memory: AddressSpace?

  init(_ request: OpenRequest, inode: TextInode) {
    source = inode
    memory = inode.memory
    super.init(request, inode: inode, seekable: true)
  }

  public override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int {
    var current = offset == 0 ? nil : text.withLock { $0 }
    if current == nil {
      try Memory.admit(1 << 16)
      let fresh = try source.text(of: memory)
      let old = text.withLock { (text) -> [UInt8]? in
        let old = text
        text = fresh
        return old
      }
      _ = consume old
      current = fresh
    }
    guard let bytes = current, offset >= 0, offset < Int64(bytes.count) else { return 0 }
    let start = Int(offset)
    let count = try sink.copy(from: bytes, at: start, count: min(bytes.count &- start, sink.remaining))
    offset &+= Int64(count)
    return count
  }

  public override func write(from input: inout UserSource, at offset: inout Int64) throws(Errno) -> Int {
    let count = min(input.remaining, 4096)
    let bytes = try input.takeArray(count)
    try source.replace(with: bytes)
    offset &+= Int64(count)
    return count
  }

  public override func seek(_ seek: Seek, from current: Int64) throws(Errno) -> Int64 {
    switch seek {
    case .set, .current: try standardSeek(seek, from: current, size: 0)
    default: throw .EINVAL
    }
  }
}
