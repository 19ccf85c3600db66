import Glibc

/// Who executes the guest's instructions.
enum Accelerator: String, CaseIterable {
  case auto, kvm, tcg

  /// `auto` decided: KVM when a virtual CPU can really be made, else QEMU's own translator, and a line that says so.
  func resolved() throws -> Accelerator {
    switch self {
    case .tcg: return .tcg
    case .kvm:
      if let problem = KVM.problem() { throw Failure("KVM cannot be used: \(problem)") }
      return .kvm
    case .auto:
      guard let problem = KVM.problem() else { return .kvm }
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
}
