import Basics

extension Caller {
  /// Opens a named pipe (`fifo(7)`).
  func openNamedPipe(_ inode: Inode, _ request: OpenRequest) throws(Errno) -> OpenFile {
    try PipeFile.open(fifo: inode, request)
  }
}
