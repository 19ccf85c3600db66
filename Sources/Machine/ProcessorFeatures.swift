#if hasFeature(Embedded)
import CX86

/// Turns on what this CPU offers: the same on each.
public enum ProcessorFeatures {
  /// Protection, floating point and system calls. `bigLock`: calls enter through the big kernel lock's path; with
  /// `traced`, through the one that writes records.
  public static func enable(bigLock: Bool, traced: Bool) {
    let basic = apus_cpuid(1, 0)
    let extended = apus_cpuid(0, 0).eax >= 7 ? apus_cpuid(7, 0) : apus_cpuid()
    var cr4 = apus_read_cr4()
    cr4 |= 1 << 9 | 1 << 10  // OSFXSR, OSXMMEXCPT
    if basic.ecx & (1 << 26) != 0 { cr4 |= 1 << 18 }  // OSXSAVE
    if extended.ebx & (1 << 7) != 0 { cr4 |= 1 << 20 }  // SMEP
    if extended.ebx & (1 << 20) != 0 { cr4 |= 1 << 21 }  // SMAP
    if extended.ecx & (1 << 2) != 0 { cr4 |= 1 << 11 }  // UMIP
    apus_write_cr4(cr4)
    if cr4 & (1 << 21) != 0 { apus_set_smap(true) }
    var cr0 = apus_read_cr0()
    cr0 |= 1 << 16 | 1 << 5 | 1 << 1  // WP, NE, MP
    cr0 &= ~(1 << 2 | 1 << 3)  // not EM, not TS
    apus_write_cr0(cr0)
    if cr4 & (1 << 18) != 0 {
      // x87, SSE, AVX, and the three of AVX-512 only together (Intel SDM vol. 1, 13.3).
      let offered = UInt64(apus_cpuid(0xd, 0).eax)
      var wanted: UInt64 = 0b111 & offered
      if offered & 0xe0 == 0xe0, wanted & 4 != 0 { wanted |= 0xe0 }
      apus_xsetbv(wanted)
    }
    // SYSCALL: the kernel's selectors, then the base from which SYSRET takes the user's (vol. 2, SYSRET).
    apus_write_msr(0xc000_0081, UInt64(APUS_KERNEL_CS) << 32 | UInt64(APUS_KERNEL_SS | 3) << 48)
    let entry = bigLock ? apus_address_of_syscall_entry_big() : apus_address_of_syscall_entry()
    apus_write_msr(0xc000_0082, traced ? apus_address_of_syscall_entry_traced() : entry)
    // Flags cleared on entry: TF, IF, DF, IOPL, NT, AC.
    apus_write_msr(0xc000_0084, 0x4_7700)
  }
}
#endif
