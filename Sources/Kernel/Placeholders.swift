#if hasFeature(Embedded)
import Devices
import Machine
enum FirstThread { static func start(_ k: Kernel, _ l: StartInfo<MachineMemory>) {
  EarlyLog.write("apus: "); EarlyLog.write(decimal: UInt64(k.processors.online.load().count)); EarlyLog.write(" CPUs, ns "); EarlyLog.write(decimal: Machine.now()); EarlyLog.write("\n")
  PortIO.write32(0xf4, 0x10)
} }
#endif
