/// The names that Linux gives to CPUID's feature bits (arch/x86's cpufeatures), those that programs look for.
enum CPUFeatures {
  struct FeatureSet {
    var leaf: UInt32
    /// 1 EBX, 2 ECX, 3 EDX.
    var register: Int
    var names: [(bit: UInt32, name: StaticString)]
  }

  static var sets: [FeatureSet] {
    [
      FeatureSet(
        leaf: 1, register: 3,
        names: [
          (0, "fpu"), (1, "vme"), (2, "de"), (3, "pse"), (4, "tsc"), (5, "msr"), (6, "pae"), (7, "mce"), (8, "cx8"),
          (9, "apic"), (11, "sep"), (12, "mtrr"), (13, "pge"), (14, "mca"), (15, "cmov"), (16, "pat"), (17, "pse36"),
          (19, "clflush"), (23, "mmx"), (24, "fxsr"), (25, "sse"), (26, "sse2"), (27, "ss"), (28, "ht"),
        ]),
      FeatureSet(
        leaf: 0x8000_0001, register: 3,
        names: [(11, "syscall"), (20, "nx"), (26, "pdpe1gb"), (27, "rdtscp"), (29, "lm")]),
      FeatureSet(
        leaf: 1, register: 2,
        names: [
          (0, "pni"), (1, "pclmulqdq"), (3, "monitor"), (9, "ssse3"), (12, "fma"), (13, "cx16"), (17, "pcid"),
          (19, "sse4_1"), (20, "sse4_2"), (21, "x2apic"), (22, "movbe"), (23, "popcnt"), (24, "tsc_deadline_timer"),
          (25, "aes"), (26, "xsave"), (28, "avx"), (29, "f16c"), (30, "rdrand"), (31, "hypervisor"),
        ]),
      FeatureSet(
        leaf: 0x8000_0001, register: 2,
        names: [(0, "lahf_lm"), (2, "svm"), (5, "abm"), (6, "sse4a"), (8, "3dnowprefetch")]),
      FeatureSet(
        leaf: 7, register: 1,
        names: [
          (0, "fsgsbase"), (3, "bmi1"), (5, "avx2"), (7, "smep"), (8, "bmi2"), (9, "erms"), (10, "invpcid"),
          (16, "avx512f"), (18, "rdseed"), (19, "adx"), (20, "smap"), (23, "clflushopt"), (24, "clwb"),
          (29, "sha_ni"),
        ]),
      FeatureSet(
        leaf: 7, register: 2,
        names: [(2, "umip"), (3, "pku"), (8, "gfni"), (9, "vaes"), (10, "vpclmulqdq"), (16, "la57"), (22, "rdpid")]),
    ]
  }
}
