// execve(2): programs, scripts, arguments, limits; and the modes in which this program is what they run.
import CLinux
import Harness

/// Replaces the process by this program in a helper mode; returns only when that failed.
func execSelf(_ mode: String) -> Int32 {
  _ = x_exec("/proc/self/exe", "conformance", "--helper", mode, nil)
  return 99
}

/// `--helper MODE`: does what the mode asks and exits with its report. False when it is not asked for.
func helperMode(_ words: [String]) -> Bool {
  guard words.count >= 2, same(words[0], "--helper") else { return false }
  switch words[1] {
  case let m where same(m, "report-signals"):
    // Bit 0: the handler of SIGUSR1 is gone; 1: SIGUSR2 still ignored; 2: SIGHUP still blocked.
    var usr1 = sigaction()
    var usr2 = sigaction()
    sigaction(SIGUSR1, nil, &usr1)
    sigaction(SIGUSR2, nil, &usr2)
    let blocked = change_mask(SIG_BLOCK, 0)
    _exit((is_default(&usr1) != 0 ? 1 : 0) | (is_ignored(&usr2) != 0 ? 2 : 0) | (blocked == bit(SIGHUP) ? 4 : 0))
  case let m where same(m, "report-descriptors"):
    _exit((x_fcntl(60, F_GETFD, 0) >= 0 ? 1 : 0) | (x_fcntl(61, F_GETFD, 0) >= 0 ? 2 : 0))
  case let m where same(m, "report-pid"):
    var pid = getpid()
    _ = write(1, &pid, 4)
    _exit(12)
  case let m where same(m, "sleep"):
    while true { CLinux.pause() }
  case let m where same(m, "count"):
    _exit(Int32(words.count))
  default: _exit(98)
  }
}

private func script(_ text: String) {
  let fd = x_open("script", O_CREAT | O_TRUNC | O_WRONLY, 0o755)
  say(text, to: fd)
  close(fd)
}

var execChecks: [Check] {
  [
    Check("exec: errors: no file, no right, no program, a directory, bad vectors") {
      equal(result(x_exec("none", "none", nil, nil, nil)), -Int(ENOENT))
      close(x_open("f", O_CREAT | O_WRONLY, 0o644))
      equal(result(x_exec("./f", "f", nil, nil, nil)), -Int(EACCES))
      chmod("f", 0o755)
      equal(result(x_exec("./f", "f", nil, nil, nil)), -Int(ENOEXEC))
      mkdir("d", 0o755)
      equal(result(x_exec("./d", "d", nil, nil, nil)), -Int(EACCES))
      equal(result(x_exec("f/x", "f", nil, nil, nil)), -Int(ENOTDIR))
      script("just text\n")
      equal(result(x_exec("./script", "f", nil, nil, nil)), -Int(ENOEXEC))
      equal(call(SYS_execve, 0x10, 0, 0), -Int(EFAULT))
      let path = Array("/proc/self/exe\0".utf8)
      path.withUnsafeBufferPointer { equal(call(SYS_execve, Int(bitPattern: $0.baseAddress!), 0x10, 0), -Int(EFAULT)) }
    },
    Check("exec: a damaged ELF file is refused or ends its process, no more") {
      var random = Random(11)
      let source = x_open("/proc/self/exe", O_RDONLY, 0)
      var head = [UInt8](repeating: 0, count: 4096)
      equal(read(source, &head, 4096), 4096)
      for _ in 0..<60 {
        var copy = head
        for _ in 0..<(1 + random.below(12)) { copy[random.below(300)] = UInt8(random.below(256)) }
        let fd = x_open("broken", O_CREAT | O_TRUNC | O_WRONLY, 0o755)
        _ = write(fd, copy, 4096)
        close(fd)
        let pid = child {
          alarm(5)
          let null = x_open("/dev/null", O_RDWR, 0)
          dup2(null, 1)
          dup2(null, 2)
          _ = x_exec("./broken", "broken", "--helper", "count", nil)
          return 55
        }
        expect(reap(pid) >= 0)
      }
    },
    Check("exec: scripts: interpreter, one argument, script's name, then the arguments") {
      var me = [CChar](repeating: 0, count: 512)
      expect(readlink("/proc/self/exe", &me, 511) > 0)
      symlink(string(me), "/tmp/conformance-interpreter")
      script("#!/tmp/conformance-interpreter --helper\nnothing\n")
      // argv becomes: interpreter, "--helper", "./script", "a": the helper mode "./script" is unknown: 98.
      equal(
        run {
          _ = x_exec("./script", "script", "a", nil, nil)
          return 1
        }, 98)
      unlink("/tmp/conformance-interpreter")
      script("#!/none/such\n")
      equal(result(x_exec("./script", "s", nil, nil, nil)), -Int(ENOENT))
      script("#!\n")
      equal(result(x_exec("./script", "s", nil, nil, nil)), -Int(ENOEXEC))
    },
    Check("exec: a script that is its own interpreter is ELOOP") {
      var here = [CChar](repeating: 0, count: 512)
      getcwd(&here, 512)
      script("#!" + string(here) + "/script\n")
      equal(result(x_exec("./script", "s", nil, nil, nil)), -Int(ELOOP))
    },
    Check("exec: arguments arrive; more than fit are E2BIG") {
      equal(
        run {
          _ = x_exec("/proc/self/exe", "c", "--helper", "count", "x")
          return 1
        }, 3)
      equal(Int(exec_huge("/proc/self/exe", 1, 140_000)), -Int(E2BIG))
      equal(Int(exec_huge("/proc/self/exe", 60, 130_000)), -Int(E2BIG))
    },
    Check("exec: /proc/self/cmdline and comm follow it") {
      let pipe = Pipe()
      let pid = child {
        dup2(pipe.write, 1)
        return execSelf("sleep")
      }
      var text = [UInt8](repeating: 0, count: 100)
      eventually {
        let fd = x_open("/proc/\(pid)/cmdline", O_RDONLY, 0)
        let n = read(fd, &text, 100)
        close(fd)
        return n == 27
      }
      expect(String(decoding: text[0..<11], as: UTF8.self).utf8.elementsEqual("conformance".utf8))
      kill(pid, SIGKILL)
      reap(pid)
    },
    Check("exec: 100 in a row in one process's place") {
      for _ in 0..<100 { equal(run { execSelf("count") }, 2) }
    },
    Check("getauxval: page size, random bytes, program headers") {
      equal(Int(getauxval_word(6)), 4096)
      expect(getauxval_word(25) != 0 && getauxval_word(3) != 0 && getauxval_word(9) != 0)
    },
  ]
}
