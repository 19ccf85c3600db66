/// Finds the machine's virtio devices: those that the command line names (microvm), and those on PCI (q35).
public enum VirtioDiscovery {
  public static func transports<Memory: PhysicalMemory>(
    _ commandLine: CommandLine<Memory>, _ platform: PlatformDescription
  ) -> [any VirtioTransport] {
    var found: [any VirtioTransport] = []
    commandLine.forEachVirtioDevice { description in
      if let transport = VirtioMMIO(description) { found.append(transport) }
    }
    // Machines without PCI answer all ones.
    let bus = PCIBus(platform)
    bus.forEachFunction { function in
      let device = PCIDevice(bus, function)
      if let transport = VirtioPCI(device) { found.append(transport) }
    }
    return found
  }

  /// Device types (virtio 1.1, chapter 5).
  public static var network: UInt32 { 1 }
  public static var block: UInt32 { 2 }
  public static var console: UInt32 { 3 }
  public static var entropy: UInt32 { 4 }
}
