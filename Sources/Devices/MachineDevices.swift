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

  /// Takes some milliseconds, for the devices to answer; in a thread.
  public static func start<Memory: PhysicalMemory>(
    _ platform: PlatformDescription, _ commandLine: CommandLine<Memory>, _ interrupts: InterruptController,
    _ allocator: any DMAAllocator
  ) -> MachineDevices {
    MachineDevices(
      VirtioDiscovery.transports(commandLine, platform), interrupts, allocator,
      told: commandLine.value(of: "clock")?.number.map { Int64(clamping: $0) })
  }

  /// - Parameter told: the time that the loader told.
  init(
    _ transports: [any VirtioTransport], _ interrupts: InterruptController, _ allocator: any DMAAllocator, told: Int64?
  ) {
    self.interrupts = interrupts
    random = RandomSource()
    var console: ConsoleDevice?
    var consoleError: DeviceError?
    for transport in transports {
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
    time = RealTimeClock.read() ?? told ?? 0
  }
}
