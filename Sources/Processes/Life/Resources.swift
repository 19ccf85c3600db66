import Files
import Memory
import Scheduling

/// What a thread works with and clone can share: memory, descriptors, place in the file tree. All nil after exit
/// and for kernel tasks.
struct Resources {
  var files: FileTable?
  var fileUsers: UserCount?
  var fs: FSContext?
  var space: AddressSpace?
  var spaceUsers: UserCount?

  static var none: Resources { Resources() }

  /// Ends the use of the descriptors; closes them all when it was the last.
  mutating func leaveFiles() {
    guard let files, let users = fileUsers else { return }
    if users.leave() {
      files.closeAll()
      Balance.letGo(files)
    }
    self.files = nil
    fileUsers = nil
  }

  /// Ends the use of the address space, which no CPU runs on for this thread any more; takes it down when it was
  /// the last.
  mutating func leaveSpace() {
    guard let space, let users = spaceUsers else { return }
    if users.leave() { space.destroy() }
    self.space = nil
    spaceUsers = nil
  }
}
