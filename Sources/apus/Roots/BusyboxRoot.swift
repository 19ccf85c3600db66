import Glibc

/// The default root: Debian's busybox-static with a name for each applet, and the few files a shell looks for.
struct BusyboxRoot {
  /// Raised whenever the layout below changes, so that cached archives are made anew.
  static let version = 1

  /// The cached archive; it is made when there is none for this busybox.
  static func cached() throws -> String {
    let busybox = try find()
    guard let status = Files.status(busybox) else { throw Failure.system(busybox) }
    let key = "\(version)-\(status.st_size)-\(status.st_mtim.tv_sec)"
    let path = "\(try Places.cache())/root-\(key).cpio"
    if Files.exists(path) { return path }
    let file = try Files.anonymous()
    defer { close(file) }
    try write(busybox: busybox, to: file)
    lseek(file, 0, SEEK_SET)
    try Files.write(path, try Files.read(file, name: path))
    return path
  }

  /// Debian's static busybox. The package `busybox` installs a dynamic one under the same name.
  static func find() throws -> String {
    for path in ["/bin/busybox", "/usr/bin/busybox"] {
      guard let bytes = try? Files.read(path) else { continue }
      if ELFFile(bytes)?.isStatic == true { return path }
      throw Failure("\(path) is not static: apt-get install busybox-static")
    }
    throw Failure("there is no busybox for the default root: apt-get install busybox-static")
  }

  static func write(busybox: String, to descriptor: Int32) throws {
    var archive = NewcWriter(descriptor)
    for name in ["bin", "dev", "etc", "home", "proc", "run", "sbin", "sys", "usr", "usr/bin", "usr/sbin", "var", "var/log"] {
      try archive.directory(name)
    }
    try archive.directory("root", mode: 0o700)
    try archive.directory("tmp", mode: 0o1777)
    try archive.directory("var/tmp", mode: 0o1777)
    for (name, text) in texts { try archive.file(name, Array(text.utf8)) }
    try archive.file("bin/busybox", mode: 0o755, try Files.read(busybox))
    for name in try applets(of: busybox) where name != "bin/busybox" {
      try archive.link(name, to: "/bin/busybox")
    }
    try archive.finish()
  }

  /// Where each applet belongs, such as `usr/bin/awk`.
  private static func applets(of busybox: String) throws -> [String] {
    let result = try Subprocess.run([busybox, "--list-full"])
    guard result.end == .exited(0) else { throw Failure("\(busybox) does not run: \(result.errorText)") }
    return result.text.split(separator: "\n").map(String.init).filter { name in
      ["bin", "sbin", "usr/bin", "usr/sbin"].contains(name[..<(name.lastIndex(of: "/") ?? name.startIndex)])
    }
  }

  private static let texts: [(String, String)] = [
    ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"),
    ("etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n"),
    ("etc/hostname", "apus\n"),
    ("etc/hosts", "127.0.0.1 localhost apus\n"),
    ("etc/shells", "/bin/sh\n"),
    ("etc/os-release", "NAME=Apus\nID=apus\nPRETTY_NAME=\"Apus with Debian's busybox\"\n"),
    ("etc/profile", "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nexport PS1='\\w \\$ '\n"),
  ]
}
