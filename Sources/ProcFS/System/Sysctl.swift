import Basics
import Devices
import Files

extension ProcRoot {
  /// `/proc/sys`: what programs ask for (`proc(5)`).
  func addSysctl(_ sources: ProcSources) {
    let tree = addDirectory("sys")
    addKernel(tree.addDirectory("kernel"), sources)
    let memory = tree.addDirectory("vm")
    memory.addConstant("overcommit_memory", "1")
    memory.addConstant("max_map_count", "65530")
    memory.addConstant("mmap_min_addr", "65536")
    memory.addConstant("swappiness", "0")
    memory.addFile(
      "drop_caches", mode: 0o200, write: { (bytes) throws(Errno) in try dropCaches(firstLine(bytes)) },
      read: { (text) throws(Errno) in throw .EACCES })
    let files = tree.addDirectory("fs")
    files.addConstant("file-max", "9223372036854775807")
    files.addConstant("nr_open", "1048576")
    files.addConstant("pipe-max-size", "1048576")
    tree.addDirectory("net").addDirectory("core").addConstant("somaxconn", "4096")
  }

  private func addKernel(_ kernel: PseudoDirectory, _ sources: ProcSources) {
    let identity = sources.identity
    kernel.addFile(
      "hostname", mode: 0o644,
      write: { (bytes) throws(Errno) in try identity.setHostName(firstLine(bytes)) },
      read: { (text) throws(Errno) in
        text.add(identity.hostName)
        text.newLine()
      })
    kernel.addFile(
      "domainname", mode: 0o644,
      write: { (bytes) throws(Errno) in try identity.setDomainName(firstLine(bytes)) },
      read: { (text) throws(Errno) in
        text.add(identity.domainName)
        text.newLine()
      })
    kernel.addFile("ostype") { (text) throws(Errno) in
      text.add(identity.systemName)
      text.newLine()
    }
    kernel.addFile("osrelease") { (text) throws(Errno) in
      text.add(identity.release)
      text.newLine()
    }
    kernel.addFile("version") { (text) throws(Errno) in
      text.add(identity.version)
      text.newLine()
    }
    kernel.addConstant("pid_max", "32768")
    kernel.addConstant("threads-max", "32768")
    kernel.addConstant("ngroups_max", "65536")
    kernel.addConstant("cap_last_cap", "40")
    kernel.addConstant("overflowuid", "65534")
    kernel.addConstant("overflowgid", "65534")
    kernel.addConstant("randomize_va_space", "2")
    kernel.addConstant("printk", "4\t4\t1\t7")
    kernel.addConstant("core_pattern", "core")
    let random = kernel.addDirectory("random")
    random.addConstant("entropy_avail", "256")
    random.addConstant("poolsize", "256")
    let source = sources.random
    random.addFile("uuid") { (text) throws(Errno) in text.addUUID(source.next(), source.next()) }
    let (high, low) = (source.next(), source.next())
    random.addFile("boot_id") { (text) throws(Errno) in text.addUUID(high, low) }
  }
}

/// What a user wrote, up to the first newline.
func firstLine(_ bytes: [UInt8]) -> [UInt8] {
  var line: [UInt8] = []
  for byte in bytes {
    if byte == 0x0a || byte == 0 { break }
    line.append(byte)
  }
  return line
}

extension Text {
  /// A random UUID (RFC 4122, 4.4) and a newline.
  mutating func addUUID(_ high: UInt64, _ low: UInt64) {
    let high = high & ~0xf000 | 0x4000
    let low = low & ~(3 << 62) | 2 << 62
    add(hex: high >> 32, digits: 8)
    add("-")
    add(hex: high >> 16 & 0xffff, digits: 4)
    add("-")
    add(hex: high & 0xffff, digits: 4)
    add("-")
    add(hex: low >> 48, digits: 4)
    add("-")
    add(hex: low & 0xffff_ffff_ffff, digits: 12)
    newLine()
  }
}
