import Basics

extension PipeFile {
  /// Opens the named pipe `inode` (`fifo(7)`): reading waits for a writer and writing for a reader, unless
  /// `O_NONBLOCK` or both ways.
  /// - Throws: `ENXIO` for a non-blocking writer without a reader, `ERESTARTSYS`. May sleep.
  static func open(fifo inode: Inode, _ request: OpenRequest) throws(Errno) -> OpenFile {
    let attached = try inode.attachment.obtain { () throws(Errno) -> AnyObject in Pipe() }
    guard let pipe = attached as? Pipe else { throw .ENXIO }
    let reads = request.flags.isReadable
    let writes = request.flags.isWritable
    guard reads || writes else { throw .EINVAL }
    let waits = !request.flags.contains(.nonBlocking)
    if writes && !reads && !waits && !pipe.hasReaders { throw .ENXIO }
    let opens = pipe.join(reads: reads, writes: writes)
    // From here on the file owns our place in the pipe.
    let awaitsFirst = reads && !writes && !waits && !opens.hadWriters
    let file = PipeFile(request, inode: inode, pipe: pipe, seenWriters: awaitsFirst ? opens.writerOpens : .max)
    // One that was there when we came counts, though it may have written and gone by now.
    if waits && reads && !writes && !opens.hadWriters { try pipe.awaitWriter(since: opens.writerOpens) }
    if waits && writes && !reads && !opens.hadReaders { try pipe.awaitReader(since: opens.readerOpens) }
    return file
  }
}
