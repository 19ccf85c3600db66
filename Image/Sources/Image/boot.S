# The first instructions: from the loader's 32-bit world to Swift at the kernel's own addresses.
#
# PVH entry (Xen's docs/misc/pvh.pandoc): protected mode, paging off, flat segments, EBX = physical address of
# the start info. QEMU, Firecracker and Cloud Hypervisor find the entry by the ELF note below.
#define KERNEL_OFFSET 0x00007f0000000000
#define PHYSICAL(x) ((x) - KERNEL_OFFSET)

.section .note.Xen, "a"
.align 4
  .long 4, 8, 18            # name length, descriptor length, XEN_ELFNOTE_PHYS32_ENTRY
  .asciz "Xen"
  .quad PHYSICAL(apus_pvh_entry)

.section .text.boot, "ax"
.code32
.globl main, apus_pvh_entry
main:                         # SwiftPM wants an executable to have one
apus_pvh_entry:
  cli
  cld
  movl $PHYSICAL(apus_boot_stack_top), %esp
  movl %ebx, %ebp

  # Page tables. Identity: the first GiB, for the jump below. Direct map: 4 GiB of 2 MiB pages. Kernel: 16 MiB
  # of 4 KiB pages, so that text, constants and data get their own protection.
  movl $PHYSICAL(boot_direct_directory), %edi
  movl $0x83, %eax                    # present, writable, 2 MiB
  xorl %ecx, %ecx
1: movl %eax, (%edi,%ecx,8)
  movl $0x80000000, 4(%edi,%ecx,8)    # not executable
  addl $0x200000, %eax
  incl %ecx
  cmpl $2048, %ecx
  jne 1b
  movl $PHYSICAL(boot_identity_directory), %edi
  movl $0x83, %eax
  xorl %ecx, %ecx
1: movl %eax, (%edi,%ecx,8)
  addl $0x200000, %eax
  incl %ecx
  cmpl $512, %ecx
  jne 1b
  movl $PHYSICAL(boot_kernel_pages), %edi
  xorl %ecx, %ecx
  movl $0x103, %eax                   # present, writable, global
1: movl %eax, %edx
  cmpl $PHYSICAL(__text_end), %eax
  jae 2f
  andl $~2, %edx                      # text: read and execute
  movl %edx, (%edi,%ecx,8)
  jmp 4f
2: cmpl $PHYSICAL(__rodata_end), %eax
  jae 3f
  andl $~2, %edx
3: movl %edx, (%edi,%ecx,8)
  movl $0x80000000, 4(%edi,%ecx,8)
4: addl $0x1000, %eax
  incl %ecx
  cmpl $4096, %ecx
  jne 1b

  movl $PHYSICAL(boot_identity_directory) + 3, PHYSICAL(boot_identity_pointers)
  movl $PHYSICAL(boot_direct_directory) + 3, PHYSICAL(apus_direct_pointers)
  movl $PHYSICAL(boot_direct_directory) + 0x1003, PHYSICAL(apus_direct_pointers) + 8
  movl $PHYSICAL(boot_direct_directory) + 0x2003, PHYSICAL(apus_direct_pointers) + 16
  movl $PHYSICAL(boot_direct_directory) + 0x3003, PHYSICAL(apus_direct_pointers) + 24
  movl $PHYSICAL(boot_kernel_directory) + 3, PHYSICAL(boot_kernel_pointers)
  movl $PHYSICAL(boot_kernel_pages) + 3, %eax
  xorl %ecx, %ecx
1: movl %eax, PHYSICAL(boot_kernel_directory)(,%ecx,8)
  addl $0x1000, %eax
  incl %ecx
  cmpl $8, %ecx
  jne 1b
  movl $PHYSICAL(boot_identity_pointers) + 3, PHYSICAL(apus_boot_page_tables)
  movl $PHYSICAL(apus_direct_pointers) + 3, PHYSICAL(apus_boot_page_tables) + 255*8
  movl $PHYSICAL(boot_kernel_pointers) + 3, PHYSICAL(apus_boot_page_tables) + 254*8

  # Long mode and paging; EFER.NXE before paging, since the tables use it.
  movl $0xa0, %eax                    # CR4: PAE, PGE
  movl %eax, %cr4
  movl $PHYSICAL(apus_boot_page_tables), %eax
  movl %eax, %cr3
  movl $0xc0000080, %ecx              # EFER: SCE, LME, NXE
  rdmsr
  orl $0x901, %eax
  wrmsr
  movl $0x80010033, %eax              # CR0: PG, WP, NE, ET, MP, PE
  movl %eax, %cr0
  lgdt PHYSICAL(boot_gdt_pointer)
  ljmp $0x08, $PHYSICAL(boot_64)

.code64
boot_64:
  movabsq $boot_high, %rax
  jmp *%rax
boot_high:
  xorl %eax, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  leaq apus_boot_stack_top(%rip), %rsp
  subq $256, %rsp                     # room for the thread flags and a frame
  leaq apus_boot_cpu(%rip), %rax      # GS: the boot CPU's block
  movq %rax, (%rax)
  movq %rax, %rdx
  shrq $32, %rdx
  movl $0xc0000101, %ecx
  wrmsr
  movl %ebp, %edi
  xorl %ebp, %ebp
  call apus_boot
  ud2

# Where the other CPUs start: copied to physical TRAMPOLINE, entered in real mode at its start.
#define TRAMPOLINE 0x8000
.section .rodata.trampoline, "a"
.align 16
.globl apus_trampoline_start, apus_trampoline_end
.code16
apus_trampoline_start:
  cli
  cld
  xorw %ax, %ax
  movw %ax, %ds
  lgdtl trampoline_gdt_pointer - apus_trampoline_start + TRAMPOLINE
  movl %cr0, %eax
  orl $1, %eax
  movl %eax, %cr0
  ljmpl $0x18, $(trampoline_32 - apus_trampoline_start + TRAMPOLINE)
.code32
trampoline_32:
  movw $0x10, %ax
  movw %ax, %ds
  movw %ax, %ss
  movl $0xa0, %eax
  movl %eax, %cr4
  movl $PHYSICAL(apus_boot_page_tables), %eax
  movl %eax, %cr3
  movl $0xc0000080, %ecx
  rdmsr
  orl $0x901, %eax
  wrmsr
  movl $0x80010033, %eax
  movl %eax, %cr0
  ljmp $0x08, $(trampoline_64 - apus_trampoline_start + TRAMPOLINE)
.code64
trampoline_64:
  movabsq $apus_ap_entry, %rax
  jmp *%rax
.align 8
trampoline_gdt:
  .quad 0
  .quad 0x00af9b000000ffff            # 0x08 64-bit code
  .quad 0x00cf93000000ffff            # 0x10 data
  .quad 0x00cf9b000000ffff            # 0x18 32-bit code
trampoline_gdt_pointer:
  .word 31
  .long trampoline_gdt - apus_trampoline_start + TRAMPOLINE
apus_trampoline_end:

.section .text, "ax"
.code64
apus_ap_entry:
  xorl %eax, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  # Own APIC identifier (CPUID 1, EBX bits 31…24) → CPU block, whose stack is ready.
  movl $1, %eax
  cpuid
  shrl $24, %ebx
  leaq apus_apic_to_cpu(%rip), %rax
  movq (%rax,%rbx,8), %rax
  testq %rax, %rax
  jz 1f
  movq 8(%rax), %rsp
  subq $192, %rsp
  andq $~15, %rsp
  movq %rax, %rdi
  movq %rax, %rdx
  shrq $32, %rdx
  movl $0xc0000101, %ecx
  wrmsr
  xorl %ebp, %ebp
  call apus_start_cpu
1: cli
  hlt
  jmp 1b

.section .data
.align 8
boot_gdt:
  .quad 0
  .quad 0x00af9b000000ffff
  .quad 0x00cf93000000ffff
boot_gdt_pointer:
  .word 23
  .long PHYSICAL(boot_gdt)

.section .bss
.align 4096
.globl apus_boot_page_tables, apus_direct_pointers, apus_boot_stack_bottom, apus_boot_stack_top
apus_boot_page_tables: .skip 4096
apus_direct_pointers: .skip 4096
boot_identity_pointers: .skip 4096
boot_identity_directory: .skip 4096
boot_direct_directory: .skip 4 * 4096
boot_kernel_pointers: .skip 4096
boot_kernel_directory: .skip 4096
boot_kernel_pages: .skip 8 * 4096
apus_boot_stack_bottom: .skip 32768
apus_boot_stack_top:
