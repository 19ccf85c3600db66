import Machine
import Files
import Memory

extension Text {
  /// A line of `/proc/PID/maps`: the name starts in column 74.
  mutating func addMapping(_ region: RegionInformation, _ processes: any ProcessDirectory) {
    add(hex: region.start, digits: 8)
    add("-")
    add(hex: region.end, digits: 8)
    add(byte: 0x20)
    add(byte: region.protection.contains(.read) ? 0x72 : 0x2d)
    add(byte: region.protection.contains(.write) ? 0x77 : 0x2d)
    add(byte: region.protection.contains(.execute) ? 0x78 : 0x2d)
    add(byte: region.flags.contains(.shared) ? 0x73 : 0x70)
    add(byte: 0x20)
    add(hex: region.pager == nil ? 0 : region.offset, digits: 8)
    // Who maps a file maps an open file, which knows its name.
    let file = region.pager as? OpenFile
    add(byte: 0x20)
    let device = file?.inode.fileSystem.device ?? .none
    add(hex: UInt64(device.major), digits: 2)
    add(":")
    add(hex: UInt64(device.minor), digits: 2)
    add(byte: 0x20)
    add(file?.inode.number ?? 0)
    add(byte: 0x20)
    if let file, let path = try? visiblePath(file.location, processes) {
      pad(to: 73)
      add(escaping: path)
    } else if region.pager != nil {
      pad(to: 73)
      add("/dev/zero (deleted)")  // shared anonymous memory, as Linux names it
    } else if region.flags.contains(.heap) {
      pad(to: 73)
      add("[heap]")
    } else if region.flags.contains(.stack) {
      pad(to: 73)
      add("[stack]")
    } else if region.flags.contains(.vdso) {
      pad(to: 73)
      add("[vdso]")
    }
    newLine()
  }

  /// A line of `/proc/PID/mounts` (`fstab(5)`).
  mutating func addMount(_ mount: Mount, _ path: [UInt8]) {
    add(escaping: mount.source.isEmpty ? ("none" as StaticString).bytes : mount.source)
    add(byte: 0x20)
    add(escaping: path)
    add(byte: 0x20)
    add(mount.fileSystem.type.name)
    add(byte: 0x20)
    add(mount.optionText)
    add(" 0 0\n")
  }

  /// A line of `/proc/PID/mountinfo` (`proc(5)`).
  mutating func addMountInformation(_ mount: Mount, _ path: [UInt8]) {
    add(mount.number)
    add(byte: 0x20)
    add(mount.point?.mount.number ?? 1)
    add(byte: 0x20)
    add(mount.fileSystem.device.major)
    add(":")
    add(mount.fileSystem.device.minor)
    add(" / ")
    add(escaping: path)
    add(byte: 0x20)
    add(mount.optionText)
    add(" - ")
    add(mount.fileSystem.type.name)
    add(byte: 0x20)
    add(escaping: mount.source.isEmpty ? ("none" as StaticString).bytes : mount.source)
    add(mount.flags.contains(.readOnly) ? " ro" : " rw")
    newLine()
  }
}
