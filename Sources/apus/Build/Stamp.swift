/// Knows whether something made from files is still up to date: by the names, sizes and times of all of them.
struct Stamp {
  let path: String
  let current: [UInt8]
  /// The files alone: a build plan holds while they are the same.
  let names: [UInt8]

  /// - Parameters:
  ///   - path: where the state of the last successful build is kept
  ///   - sources: files and directories, relative to the repository
  init(_ path: String, of sources: [String]) throws {
    self.path = path
    var text = ""
    var names = ""
    for source in sources {
      let full = "\(Places.repository)/\(source)"
      for file in Files.isDirectory(full) ? try Files.tree(full) : [full] {
        guard let status = Files.status(file) else { continue }
        names += "\(file)\n"
        text += "\(file) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)\n"
      }
    }
    current = Array(text.utf8)
    self.names = Array(names.utf8)
  }

  var isCurrent: Bool { (try? Files.read(path)) == current }

  /// To be called after a build that began after this value was made.
  func keep() throws { try Files.write(path, current) }
}
