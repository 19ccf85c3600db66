// Hard and symbolic links: link(2), symlink(2), symlink(7).
import CLinux
import Harness

private func create(_ path: String) { close(x_open(path, O_CREAT | O_WRONLY, 0o644)) }

var linkChecks: [Check] {
  [
    Check("link: two names of one file") {
      create("a")
      equal(result(link("a", "b")), 0)
      var a = stat()
      var b = stat()
      stat("a", &a)
      stat("b", &b)
      expect(a.st_ino == b.st_ino && a.st_nlink == 2)
      equal(result(link("a", "b")), -Int(EEXIST))
      equal(result(link("none", "c")), -Int(ENOENT))
      mkdir("d", 0o755)
      equal(result(link("d", "e")), -Int(EPERM))
      unlink("a")
      stat("b", &b)
      equal(Int(b.st_nlink), 1)
      equal(result(rename("b", "d/b")), 0)
    },
    Check("symlink: read, follow, dangling") {
      equal(result(symlink("target", "s")), 0)
      var buffer = [CChar](repeating: 0, count: 64)
      equal(readlink("s", &buffer, 64), 6)
      equal(readlink("s", &buffer, 3), 3)
      equal(result(x_open("s", O_RDONLY, 0)), -Int(ENOENT))
      close(x_open("s", O_CREAT | O_WRONLY, 0o600))
      equal(result(access("target", F_OK)), 0)
      equal(result(x_open("s", O_CREAT | O_EXCL | O_WRONLY, 0o600)), -Int(EEXIST))
      equal(result(x_open("s", O_RDONLY | O_NOFOLLOW, 0)), -Int(ELOOP))
      equal(result(readlink("target", &buffer, 64)), -Int(EINVAL))
      var s = stat()
      lstat("s", &s)
      equal(Int(s.st_mode & 0o170000), 0o120000)
      equal(Int(s.st_size), 6)
      stat("s", &s)
      equal(Int(s.st_mode & 0o170000), 0o100000)
      equal(result(symlink("x", "s")), -Int(EEXIST))
      unlink("s")
      equal(result(access("target", F_OK)), 0)
    },
    Check("symlink: loops are ELOOP, forty are too many") {
      symlink("b", "a")
      symlink("a", "b")
      equal(result(x_open("a", O_RDONLY, 0)), -Int(ELOOP))
      symlink("self", "self")
      equal(result(access("self", F_OK)), -Int(ELOOP))
      create("l0")
      for i in 1...45 { symlink("l\(i - 1)", "l\(i)") }
      equal(result(access("l39", F_OK)), 0)
      equal(result(access("l41", F_OK)), -Int(ELOOP))
    },
    Check("symlink: in the middle of paths, absolute and relative") {
      mkdir("d", 0o755)
      mkdir("d/e", 0o755)
      create("d/e/f")
      symlink("d/e", "s")
      symlink("../e", "d/e/up")
      equal(result(access("s/f", F_OK)), 0)
      equal(result(access("s/up/up/f", F_OK)), 0)
      equal(result(access("s/../e/f", F_OK)), 0)  // .. of the target, not of the link
      symlink("/dev", "dev")
      equal(result(access("dev/null", F_OK)), 0)
      create("plain")
      symlink("plain", "p")
      equal(result(access("p/", F_OK)), -Int(ENOTDIR))
      equal(result(rmdir("s")), -Int(ENOTDIR))
      equal(result(unlink("s/")), -Int(ENOTDIR))
    },
    Check("symlink: rename and link act on the link itself") {
      create("f")
      symlink("f", "s")
      equal(result(rename("s", "t")), 0)
      var s = stat()
      lstat("t", &s)
      equal(Int(s.st_mode & 0o170000), 0o120000)
      equal(result(link("t", "u")), 0)
      lstat("u", &s)
      equal(Int(s.st_mode & 0o170000), 0o120000)
      equal(result(linkat(AT_FDCWD, "t", AT_FDCWD, "v", AT_SYMLINK_FOLLOW)), 0)
      lstat("v", &s)
      equal(Int(s.st_mode & 0o170000), 0o100000)
    },
    Check("symlink: /proc/self and /proc/self/exe") {
      var buffer = [CChar](repeating: 0, count: 256)
      let n = readlink("/proc/self", &buffer, 255)
      expect(n > 0)
      expect(same(string(buffer), "\(getpid())"))
      equal(result(access("/proc/self/exe", X_OK)), 0)
      expect(readlink("/proc/self/cwd", &buffer, 255) > 0)
    },
  ]
}
