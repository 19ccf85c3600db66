import Glibc

/// QEMU's command line for a machine.
struct QemuArguments {
  private(set) var list: [String]
  private var nextPort = 1
  private let bus: String

  /// - Parameter initrd: a descriptor that QEMU inherits; without one the machine has no channels either, and its clock
  ///   stands for no time of day: nothing about it depends on when it is started.
  init(_ settings: MachineSettings, initrd: Int32?) {
    // Without KVM -cpu max has everything that TCG can emulate. Under KVM, arch-capabilities is left out because
    // setting its register aborts QEMU on hosts that are virtual machines themselves.
    let isKVM = settings.accelerator == .kvm
    list = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
    list += ["-cpu", isKVM ? "max,-arch-capabilities" : "max", "-smp", "\(settings.cpus)", "-m", "\(settings.memory)M"]
    var memory = ""
    if let file = settings.memoryFile {
      list += ["-object", "memory-backend-file,id=ram,size=\(settings.memory)M,mem-path=/proc/self/fd/\(file),share=on"]
      memory = ",memory-backend=ram"
    }
    switch settings.kind {
    case .microvm:
      // Without ACPI nothing tells the kernel of the CPUs; with it, QEMU does not name the virtio devices on the
      // kernel's command line, so `virtioWords` does.
      list += ["-M", "microvm,acpi=on,ioapic2=off\(memory)", "-global", "virtio-mmio.force-legacy=off"]
      bus = "device"
    case .q35:
      list += ["-M", "q35,smm=off,sata=off,smbus=off,vmport=off,graphics=off\(memory)"]
      bus = "pci"
    }
    if isKVM {
      list += ["-accel", "kvm"]
    } else if settings.countsInstructions {
      list += ["-accel", "tcg,thread=single", "-icount", "shift=\(settings.countShift),sleep=off"]
    } else {
      list += ["-accel", "tcg,thread=multi"]
    }
    list += ["-kernel", settings.kernel]
    if let initrd { list += ["-initrd", "/proc/self/fd/\(initrd)"] }
    let clock = initrd == nil ? [] : ["clock=\(time(nil))"]
    let words = ["locks=\(settings.locks.rawValue)"] + clock + settings.kernelWords
      + (settings.kind == .microvm ? Self.virtioWords : [])
    list += ["-append", words.joined(separator: " ")]
    list += ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
    guard initrd != nil else { return }
    list += ["-device", "virtio-serial-\(bus),max_ports=8", "-device", "virtio-rng-\(bus)"]
    if let plugin = settings.plugin { list += ["-plugin", plugin] }
    if let socket = settings.debugSocket {
      list += ["-S", "-chardev", "socket,id=gdb,path=\(socket),server=on,wait=off", "-gdb", "chardev:gdb"]
    }
  }

  /// Where microvm has its virtio devices: with one I/O APIC there are eight places of 512 bytes from 0xfeb00000 on,
  /// wired to inputs 16 to 23, and QEMU fills them from the last one down. These are the serial and the random device.
  private static let virtioWords = [
    "virtio_mmio.device=512@0xfeb00e00:23", "virtio_mmio.device=512@0xfeb00c00:22",
  ]

  /// The first serial line, where the kernel writes its log.
  mutating func serial(_ socket: Int32) {
    chardev("log", socket)
    list += ["-serial", "chardev:log"]
  }

  /// A named byte channel to the guest.
  mutating func port(_ name: String, _ socket: Int32) {
    chardev("port\(nextPort)", socket)
    list += ["-device", "virtserialport,chardev=port\(nextPort),name=\(name),nr=\(nextPort)"]
    nextPort += 1
  }

  /// QEMU's own command interpreter, which can be asked where the CPUs are.
  mutating func monitor(_ socket: Int32) {
    chardev("monitor", socket)
    list += ["-mon", "chardev=monitor,mode=readline"]
  }

  private mutating func chardev(_ id: String, _ socket: Int32) {
    list += ["-chardev", "socket,id=\(id),fd=\(socket)"]
  }
}
