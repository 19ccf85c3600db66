#if hasFeature(Embedded)
import CX86
import Devices
import Locking
import Machine
import Scheduling
enum UserTraps {
  static func exception(_ f: UnsafeMutablePointer<apus_frame>, address: UInt64) {}
  static func kernelFault(address: UInt64, code: UInt64) -> Bool { false }
}
enum UserReturn { static func work(_ f: UnsafeMutablePointer<apus_frame>) {} }
enum SystemCalls { static func enter(_ f: UnsafeMutablePointer<apus_frame>) -> Int { -38 } }
enum FirstThread { static func start(_ k: Kernel, _ l: StartInfo<MachineMemory>) {
  EarlyLog.write("apus: "); EarlyLog.write(decimal: UInt64(k.processors.online.load().count)); EarlyLog.write(" CPUs, ns "); EarlyLog.write(decimal: Machine.now()); EarlyLog.write("\n")
  PortIO.write32(0xf4, 0x10)
} }
enum KernelStacks { static func allocate() -> KernelStack? {
  let p = UnsafeMutableRawPointer.allocate(byteCount: 16384, alignment: 4096)
  return KernelStack(top: UInt64(UInt(bitPattern: p)) + 16384, length: 16384) } }
#endif
