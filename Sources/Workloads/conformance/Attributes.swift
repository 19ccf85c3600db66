// What a file says of itself: stat(2), statx(2), chmod(2), chown(2), utimensat(2), access(2).
import CLinux
import Harness

private func create(_ path: String) { close(x_open(path, O_CREAT | O_WRONLY, 0o644)) }
private func status(_ path: String) -> stat {
  var s = stat()
  if lstat(path, &s) != 0 { fail("  lstat \(path): errno \(errno_get())") }
  return s
}

var attributeChecks: [Check] {
  [
    Check("stat: kinds, sizes, blocks, links") {
      create("f")
      equal(Int(status("f").st_mode), 0o100644)
      equal(Int(status("f").st_nlink), 1)
      mkdir("d", 0o755)
      equal(Int(status("d").st_mode), 0o040755)
      equal(Int(status("d").st_nlink), 2)
      equal(Int(status("/dev/null").st_mode & 0o170000), 0o020000)
      equal(Int(status("/dev/null").st_rdev), 1 << 8 | 3)
      let fd = x_open("f", O_WRONLY, 0)
      let block = [UInt8](repeating: 3, count: 8192)
      _ = write(fd, block, 8192)
      equal(Int(status("f").st_size), 8192)
      expect(status("f").st_blocks >= 16)
      var s = stat()
      equal(result(stat("none", &s)), -Int(ENOENT))
      equal(result(stat("f/x", &s)), -Int(ENOTDIR))
      equal(result(fstat(99, &s)), -Int(EBADF))
    },
    Check("statx: the same as stat; AT_EMPTY_PATH; wrong flags") {
      create("f")
      var x = statx()
      equal(result(statx(AT_FDCWD, "f", 0, 0xfff, &x)), 0)
      equal(Int(x.stx_mode), 0o100644)
      equal(Int(x.stx_nlink), 1)
      expect(x.stx_ino == status("f").st_ino)
      let fd = x_open("f", O_RDONLY, 0)
      equal(result(statx(fd, "", AT_EMPTY_PATH, 0xfff, &x)), 0)
      equal(Int(x.stx_size), 0)
      equal(result(statx(fd, "", 0, 0xfff, &x)), -Int(ENOENT))
      equal(result(statx(fd, "", 0x4000_0000, 0xfff, &x)), -Int(EINVAL))
    },
    Check("chmod: bits change, kinds do not; fchmod; wrong names") {
      create("f")
      equal(result(chmod("f", 0o7421)), 0)
      equal(Int(status("f").st_mode), 0o107421)
      let fd = x_open("f", O_RDONLY, 0)
      equal(result(fchmod(fd, 0o600)), 0)
      equal(Int(status("f").st_mode), 0o100600)
      equal(result(chmod("none", 0o600)), -Int(ENOENT))
    },
    Check("chown: owner and group, -1 keeps; lchown on a link") {
      create("f")
      if getuid() != 0 { return }
      equal(result(chown("f", 5, 6)), 0)
      equal(result(chown("f", UInt32.max, 7)), 0)
      equal(Int(status("f").st_uid), 5)
      equal(Int(status("f").st_gid), 7)
      symlink("f", "s")
      equal(result(lchown("s", 8, 9)), 0)
      equal(Int(status("s").st_uid), 8)
      equal(Int(status("f").st_uid), 5)
      chmod("f", 0o4755)
      chown("f", 1, 1)
      equal(Int(status("f").st_mode), 0o100755)  // set-user-id goes with the owner
    },
    Check("utimensat: set, now, omit; nanoseconds kept") {
      create("f")
      var times = [timespec(tv_sec: 1_000_000_000, tv_nsec: 123_456_789), timespec(tv_sec: 5, tv_nsec: 0)]
      equal(result(utimensat(AT_FDCWD, "f", &times, 0)), 0)
      equal(Int(status("f").st_atim.tv_sec), 1_000_000_000)
      equal(Int(status("f").st_atim.tv_nsec), 123_456_789)
      equal(Int(status("f").st_mtim.tv_sec), 5)
      times[0].tv_nsec = 0x3fff_fffe  // UTIME_OMIT
      times[1].tv_nsec = 0x3fff_ffff  // UTIME_NOW
      equal(result(utimensat(AT_FDCWD, "f", &times, 0)), 0)
      equal(Int(status("f").st_atim.tv_sec), 1_000_000_000)
      expect(status("f").st_mtim.tv_sec > 1_000_000)
      times[0].tv_nsec = 2_000_000_000
      equal(result(utimensat(AT_FDCWD, "f", &times, 0)), -Int(EINVAL))
      equal(result(utimensat(AT_FDCWD, "none", nil, 0)), -Int(ENOENT))
    },
    Check("times: writing changes mtime and ctime, names change the directory's") {
      create("f")
      var times = [timespec(tv_sec: 5, tv_nsec: 0), timespec(tv_sec: 5, tv_nsec: 0)]
      utimensat(AT_FDCWD, "f", &times, 0)
      utimensat(AT_FDCWD, ".", &times, 0)
      let fd = x_open("f", O_WRONLY, 0)
      _ = write(fd, "x", 1)
      expect(status("f").st_mtim.tv_sec > 5)
      create("g")
      expect(status(".").st_mtim.tv_sec > 5)
    },
    Check("access: modes for others than root") {
      create("f")
      chmod("f", 0o640)
      equal(result(access("f", R_OK | W_OK)), 0)
      equal(result(access("f", 99)), -Int(EINVAL))
      if getuid() != 0 { return }
      equal(result(access("f", X_OK)), -Int(EACCES))
      chmod(".", 0o755)
      equal(
        run {
          setresgid(50, 50, 50)
          setresuid(50, 50, 50)
          if result(access("f", R_OK)) != -Int(EACCES) { return 1 }
          if result(x_open("f", O_RDONLY, 0)) != -Int(EACCES) { return 2 }
          if result(chmod("f", 0o777)) != -Int(EPERM) { return 3 }
          if result(x_open("g", O_CREAT | O_WRONLY, 0o600)) != -Int(EACCES) { return 4 }
          if result(unlink("f")) != -Int(EACCES) { return 5 }
          return 0
        }, 0)
    },
    Check("sticky directory: others' files stay") {
      if getuid() != 0 { return }
      mkdir("d", 0o777)
      chmod("d", 0o1777)
      chmod(".", 0o755)
      create("d/f")
      equal(
        run {
          setresuid(50, 50, 50)
          if result(unlink("d/f")) != -Int(EPERM) { return 1 }
          create("d/mine")
          return result(unlink("d/mine")) == 0 ? 0 : 2
        }, 0)
    },
    Check("mknod: pipes and plain files; devices for root") {
      equal(result(mknod("p", 0o010600, 0)), 0)
      equal(Int(status("p").st_mode), 0o010600)
      equal(result(mknod("f", 0o100600, 0)), 0)
      equal(result(mknod("f", 0o100600, 0)), -Int(EEXIST))
    },
  ]
}
