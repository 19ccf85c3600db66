// Names in directories: mkdir(2), rmdir(2), rename(2), unlink(2), getdents64(2), path_resolution(7).
import CLinux
import Harness

private func create(_ path: String) { close(x_open(path, O_CREAT | O_WRONLY, 0o644)) }
private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
private func names(_ path: String) -> String {
  var buffer = [CChar](repeating: 0, count: 4096)
  let n = list_names(path, &buffer, 4096)
  return n < 0 ? "error" : string(buffer)
}

var nameChecks: [Check] {
  [
    Check("name: a path longer than PATH_MAX can be made step by step, but is not told") {
      let name = String(repeating: "n", count: 250)
      for _ in 0..<18 {
        equal(result(mkdir(name, 0o755)), 0)
        equal(result(chdir(name)), 0)
      }
      var buffer = [CChar](repeating: 0, count: 8192)
      equal(result(readlink("/proc/self/cwd", &buffer, 8192)), -Int(ENAMETOOLONG))
      for depth in 0..<18 {
        equal(result(chdir("..")), 0)
        equal(result(rmdir(name)), 0)
        if depth == 3 { expect(readlink("/proc/self/cwd", &buffer, 8192) > 14 * 250) }
      }
    },
    Check("name: mkdir, rmdir and their errors") {
      equal(result(mkdir("d", 0o755)), 0)
      equal(result(mkdir("d", 0o755)), -Int(EEXIST))
      equal(result(mkdir("x/y", 0o755)), -Int(ENOENT))
      create("d/f")
      equal(result(mkdir("d/f/y", 0o755)), -Int(ENOTDIR))
      equal(result(rmdir("d")), -Int(ENOTEMPTY))
      equal(result(rmdir("d/f")), -Int(ENOTDIR))
      equal(result(rmdir("d/.")), -Int(EINVAL))
      equal(result(unlink("d")), -Int(EISDIR))
      equal(result(unlink("d/f")), 0)
      equal(result(unlink("d/f")), -Int(ENOENT))
      equal(result(rmdir("d")), 0)
      equal(result(rmdir("d")), -Int(ENOENT))
      equal(result(mkdir("/", 0o755)), -Int(EEXIST))
    },
    Check("name: open flags: O_EXCL, O_DIRECTORY, O_TRUNC, directories") {
      create("f")
      equal(result(x_open("f", O_CREAT | O_EXCL | O_WRONLY, 0o600)), -Int(EEXIST))
      equal(result(x_open("f", O_DIRECTORY, 0)), -Int(ENOTDIR))
      mkdir("d", 0o755)
      equal(result(x_open("d", O_WRONLY, 0)), -Int(EISDIR))
      let d = x_open("d", O_RDONLY | O_DIRECTORY, 0)
      expect(d >= 0)
      var byte: UInt8 = 0
      equal(result(read(d, &byte, 1)), -Int(EISDIR))
      equal(result(x_open("", O_RDONLY, 0)), -Int(ENOENT))
      equal(result(x_open("f/", O_RDONLY, 0)), -Int(ENOTDIR))
      equal(result(x_open("none", O_RDONLY, 0)), -Int(ENOENT))
    },
    Check("name: components longer than 255, paths longer than 4,095") {
      var long = ""
      for _ in 0..<255 { long += "a" }
      create(long)
      expect(exists(long))
      equal(result(x_open(long + "a", O_CREAT | O_WRONLY, 0o600)), -Int(ENAMETOOLONG))
      var path = "."
      while path.utf8.count < 4096 { path += "/." }
      equal(result(access(path, F_OK)), -Int(ENAMETOOLONG))
      equal(result(unlink(long)), 0)
    },
    Check("name: dot, dot-dot, repeated slashes") {
      mkdir("a", 0o755)
      mkdir("a/b", 0o755)
      create("a/f")
      expect(exists("a/b/../f") && exists(".//a///f") && exists("a/./b/../../a/f"))
      expect(!exists("a/b/f"))
      expect(exists("/../../../dev/null"))
      equal(result(chdir("a/b")), 0)
      expect(exists("../f"))
      var here = [CChar](repeating: 0, count: 4096)
      expect(getcwd(&here, 4096) != nil)
      expect(string(here).utf8.reversed().starts(with: "b/a/".utf8.map { $0 }))
      errno_set(0)
      expect(getcwd(&here, 3) == nil && errno_get() == ERANGE)
    },
    Check("name: rename replaces, moves, refuses") {
      create("a")
      create("b")
      equal(result(rename("a", "b")), 0)
      expect(!exists("a") && exists("b"))
      mkdir("d", 0o755)
      mkdir("e", 0o755)
      create("e/x")
      equal(result(rename("b", "d")), -Int(EISDIR))
      equal(result(rename("d", "b")), -Int(ENOTDIR))
      equal(result(rename("d", "e")), -Int(ENOTEMPTY))
      equal(result(rename("e", "d")), 0)
      expect(exists("d/x") && !exists("e"))
      equal(result(rename("d", "d/inside")), -Int(EINVAL))
      equal(result(rename("none", "x")), -Int(ENOENT))
      equal(result(rename("b", "d/b")), 0)
      expect(exists("d/b"))
      equal(result(rename("d/b", "d/b")), 0)
    },
    Check("name: rename of a directory changes its dot-dot") {
      mkdir("a", 0o755)
      mkdir("b", 0o755)
      mkdir("a/s", 0o755)
      create("b/mark")
      equal(result(rename("a/s", "b/s")), 0)
      expect(exists("b/s/../mark"))
      var s = stat()
      stat("a", &s)
      equal(Int(s.st_nlink), 2)
      stat("b", &s)
      equal(Int(s.st_nlink), 3)
    },
    Check("name: renameat2 with NOREPLACE and EXCHANGE") {
      create("a")
      mkdir("b", 0o755)
      equal(result(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", 1)), -Int(EEXIST))
      equal(result(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", 2)), 0)
      var s = stat()
      stat("a", &s)
      equal(Int(s.st_mode & 0o170000), 0o040000)
      equal(result(renameat2(AT_FDCWD, "a", AT_FDCWD, "c", 1)), 0)
    },
    Check("name: an unlinked open file lives until it is closed") {
      let fd = x_open("f", O_CREAT | O_RDWR, 0o600)
      _ = write(fd, "hello", 5)
      equal(result(unlink("f")), 0)
      expect(!exists("f"))
      var s = stat()
      fstat(fd, &s)
      equal(Int(s.st_nlink), 0)
      var buffer = [UInt8](repeating: 0, count: 8)
      equal(pread(fd, &buffer, 8, 0), 5)
      create("f")
      expect(exists("f"))
      equal(pread(fd, &buffer, 8, 0), 5)
    },
    Check("name: a removed working directory is empty and takes nothing") {
      mkdir("d", 0o755)
      chdir("d")
      equal(result(rmdir("../d")), 0)
      equal(result(x_open("f", O_CREAT | O_WRONLY, 0o600)), -Int(ENOENT))
      var here = [CChar](repeating: 0, count: 100)
      errno_set(0)
      expect(getcwd(&here, 100) == nil && errno_get() == ENOENT)
    },
    Check("name: *at calls take a directory") {
      mkdir("d", 0o755)
      let d = x_open("d", O_RDONLY | O_DIRECTORY, 0)
      close(x_openat(d, "f", O_CREAT | O_WRONLY, 0o600))
      expect(exists("d/f"))
      equal(result(mkdirat(d, "s", 0o755)), 0)
      equal(result(renameat(d, "f", d, "s/g")), 0)
      equal(result(faccessat(d, "s/g", F_OK, 0)), 0)
      equal(result(unlinkat(d, "s/g", 0)), 0)
      equal(result(unlinkat(d, "s", 0)), -Int(EISDIR))
      equal(result(unlinkat(d, "s", AT_REMOVEDIR)), 0)
      equal(result(x_openat(77, "f", O_RDONLY, 0)), -Int(EBADF))
      let f = x_open("plain", O_CREAT | O_WRONLY, 0o600)
      equal(result(x_openat(f, "x", O_RDONLY, 0)), -Int(ENOTDIR))
      equal(result(fchdir(d)), 0)
      expect(exists("../plain"))
    },
    Check("name: getdents lists each entry once, also 500 of them") {
      expect(same(names("."), ""))
      create("b")
      mkdir("c", 0o755)
      create("a")
      expect(same(names("."), "a b c"))
      mkdir("many", 0o755)
      for i in 0..<500 { create("many/file\(i)") }
      equal(Int(list_names("many", nil, 0)), 500)
      for i in 0..<500 where i % 2 == 0 { unlink("many/file\(i)") }
      equal(Int(list_names("many", nil, 0)), 250)
      equal(Int(list_names("b", nil, 0)), -Int(ENOTDIR))
    },
    Check("name: getdents with a tiny buffer is EINVAL; removal while listing") {
      for i in 0..<100 { create("f\(i)") }
      let fd = x_open(".", O_RDONLY | O_DIRECTORY, 0)
      let buffer = pages(1)
      equal(call(SYS_getdents64, Int(fd), Int(bitPattern: buffer), 8), -Int(EINVAL))
      var entries = 0
      while true {
        let n = call(SYS_getdents64, Int(fd), Int(bitPattern: buffer), 512)
        if n <= 0 { break }
        var at = 0
        while at < n {
          let length = Int((buffer + at + 16).loadUnaligned(as: UInt16.self))
          let name = (buffer + at + 19).assumingMemoryBound(to: CChar.self)
          if name[0] == 0x66 {
            entries += 1
            unlink(name)
          }
          at += length
        }
      }
      equal(entries, 100)
      expect(same(names("."), ""))
    },
    Check("name: file systems: EXDEV across mounts, EROFS or EPERM in /proc") {
      create("f")
      let r = result(rename("f", "/proc/f"))
      expect(r == -Int(EXDEV) || r == -Int(ENOENT) || r == -Int(EPERM) || r == -Int(EACCES))
      expect(result(mkdir("/proc/x", 0o755)) < 0)
      expect(exists("f"))
    },
  ]
}
