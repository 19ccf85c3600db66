import Machine

/// The machine's devices, found and started once at boot.
public final class MachineDevices: Sendable {
  public let interrupts: InterruptController
  public let random: RandomSource
  /// The host's streams; nil on a machine without them.
  public let console: ConsoleDevice?
  /// Why there is no console although there is such a device.
  public let consoleError: DeviceError?
  /// Seconds since 1970 when the devices were started; 0 when nothing knows.
  public let time: Int64

  /// - Parameters:
  ///   - apicIDs: local APIC ids of the CPUs that take interrupts now; `interrupts.spread` adds others later.
  public init<Memory: PhysicalMemory>(
    _ platform: PlatformDescription, _ commandLine: CommandLine<Memory>, apicIDs: [UInt8], _ allocator: any DMAAllocator
  ) {
    interrupts = InterruptController(platform, apicIDs: apicIDs)
    random = RandomSource()
    var console: ConsoleDevice?
    var consoleError: DeviceError?
    for transport in VirtioDiscovery.transports(commandLine, platform) {
      switch transport.deviceType {
      case VirtioDiscovery.console where console == nil:
        do {
          let device = try ConsoleDevice(transport, allocator)
          try device.connect(to: interrupts)
          console = device
        } catch {
          consoleError = error
        }
      case VirtioDiscovery.entropy:
        // Without it the seed is what the CPU offers.
        try? VirtioEntropy.seed(random, from: transport, allocator)
      default: break
      }
    }
    self.console = console
    self.consoleError = consoleError
    let told = commandLine.value(of: "clock")?.number.map { Int64(clamping: $0) }
    time = RealTimeClock.read() ?? told ?? 0
  }
}
