// bench as the first process of a machine: Linux booted with an initial file system that holds nothing else.
import CLinux
import Harness

/// Are we the machine's init?
var isInit: Bool { getpid() == 1 }

/// Mounts what the benchmarks use and opens the console. `ticks` is the counter at our first instructions:
/// what starting the machine cost.
func prepareMachine(ticks: UInt) {
  for directory in ["/dev", "/proc", "/tmp"] { mkdir(directory, 0o755) }
  mount("dev", "/dev", "devtmpfs", 0, nil)
  mount("proc", "/proc", "proc", 0, nil)
  mount("tmp", "/tmp", "tmpfs", 0, nil)
  let console = x_open("/dev/ttyS0", O_RDWR, 0)
  for fd: Int32 in 0...2 { dup2(console, fd) }
  say("boot \(ticks)\n")
}

/// Switches the machine off.
func leaveMachine() -> Never {
  say("bench done\n")
  tcdrain(1)
  power_off()
  while true { CLinux.pause() }
}
