import Testing

@testable import apus

@Suite struct MachineTests {
  private func arguments(_ change: (inout MachineSettings) -> Void) -> String {
    var settings = MachineSettings(kernel: "/k")
    change(&settings)
    return QemuArguments(settings, initrd: 9).list.joined(separator: " ")
  }

  @Test func commandLines() {
    let plain = arguments { _ in }
    for part in ["-M microvm,acpi=on", "-smp 4", "-m 512M", "tcg,thread=multi", "-initrd /proc/self/fd/9", "virtio-serial-device"] {
      #expect(plain.contains(part))
    }
    let other = arguments {
      $0.kind = .q35
      $0.accelerator = .kvm
      $0.locks = .big
      $0.kernelWords = ["panic-test"]
    }
    for part in ["-M q35", "-accel kvm", "locks=big", "panic-test", "virtio-serial-pci"] { #expect(other.contains(part)) }
    let counting = arguments { $0.countsInstructions = true }
    #expect(counting.contains("-icount shift=0,sleep=off"))
  }

  @Test func combinationsCoverEveryPair() {
    let covering = Combination.covering
    for locks in LockRegime.allCases {
      for cpus in Combination.counts { #expect(covering.contains { $0.locks == locks && $0.cpus == cpus }) }
      for machine in MachineKind.allCases { #expect(covering.contains { $0.locks == locks && $0.machine == machine }) }
    }
    for cpus in Combination.counts {
      for machine in MachineKind.allCases { #expect(covering.contains { $0.cpus == cpus && $0.machine == machine }) }
    }
    #expect(Combination.all.count == 24)
  }

  @Test func elfFiles() throws {
    #expect(ELFFile(Array("#!/bin/sh\n".utf8)) == nil)
    #expect(ELFFile([]) == nil)
    let own = try #require(ELFFile(try Files.read("/proc/self/exe")))
    #expect(!own.isStatic)
    #expect(own.machine == ELFFile.x86_64)
  }

  @Test func namesOfSystemCalls() {
    #expect(SystemCallNames.name(of: 0) == "read")
    #expect(SystemCallNames.name(of: 231) == "exit_group")
    #expect(SystemCallNames.name(of: 435) == "clone3")
    #expect(SystemCallNames.name(of: 9999) == "call 9999")
  }

  @Test func theRoomsOfThePackage() throws {
    let layers = try PackageLayers.read()
    #expect(layers["Basics"] == [])
    #expect(layers["Locking"]?.contains("Machine") == true)
    #expect(layers["Machine"]?.contains("Locking") == false)
  }
}
