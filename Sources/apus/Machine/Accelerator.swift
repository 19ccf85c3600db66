import Glibc

/// Who executes the guest's instructions.
enum Accelerator: String, CaseIterable {
  case auto, kvm, tcg

  /// `auto` decided: KVM when this kernel really runs under it, else QEMU's own translator, and a line that says so.
  func resolved(kernel: String) throws -> Accelerator {
    switch self {
    case .tcg: return .tcg
    case .kvm:
      if let problem = KVM.problem() { throw Failure("KVM cannot be used: \(problem)") }
      return .kvm
    case .auto:
      guard let problem = KVM.problem() ?? KVM.trial(of: kernel) else { return .kvm }
      Messages.note("no KVM (\(problem)); using QEMU's slower TCG")
      return .tcg
    }
  }
}

/// Whether KVM works here. The device alone proves nothing: in a virtual machine without nesting, or without the
/// right to it, making the machine or its CPU is what fails.
enum KVM {
  // Request numbers of <linux/kvm.h>.
  private static let getVersion: UInt = 0xae00
  private static let createMachine: UInt = 0xae01
  private static let createCPU: UInt = 0xae41

  /// What is wrong, or nil.
  static func problem() -> String? {
    let device = open("/dev/kvm", O_RDWR | O_CLOEXEC)
    guard device >= 0 else { return "/dev/kvm: \(Host.errorText())" }
    defer { close(device) }
    guard ioctl(device, getVersion, 0) == 12 else { return "unknown version" }
    let machine = ioctl(device, createMachine, 0)
    guard machine >= 0 else { return "no virtual machine: \(Host.errorText())" }
    defer { close(machine) }
    let cpu = ioctl(machine, createCPU, 0)
    guard cpu >= 0 else { return "no virtual CPU: \(Host.errorText())" }
    close(cpu)
    return nil
  }

  /// Starts the kernel once under KVM, since some hosts make a CPU and then cannot run it; what is wrong, or nil. The
  /// answer is kept until the host is started anew or the kernel changes.
  static func trial(of kernel: String) -> String? {
    let host = ((try? Files.text("/proc/sys/kernel/random/boot_id")) ?? "").filter { $0 != "\n" }
    let image = Files.status(kernel).map { "\($0.st_size) \($0.st_mtim.tv_sec)" } ?? ""
    let key = "\(host) \(image)\n"
    let memory = (try? Places.cache()).map { "\($0)/kvm-trial" }
    if let memory, let text = try? Files.text(memory), text.hasPrefix(key) {
      let answer = text.dropFirst(key.count)
      return answer.isEmpty ? nil : String(answer)
    }
    let words = [Files.realPath("/proc/self/exe"), "run", "--accel", "kvm", "--cpus", "2", "--timeout", "4", "--", "true"]
    var problem: String? = "it cannot be tried"
    if let result = try? Subprocess.run(["env", "APUS_KERNEL=\(kernel)"] + words, timeout: 10) {
      let line = result.errorText.split(separator: "\n").first.map(String.init) ?? "status \(result.end.status)"
      let reason = line.split(separator: ";").first.map(String.init)?.replacing("apus: ", with: "") ?? line
      problem = result.end == .exited(0) ? nil : reason
    }
    if let memory { try? Files.write(memory, Array((key + (problem ?? "")).utf8)) }
    return problem
  }
}
