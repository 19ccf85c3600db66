// Kernel: see ARCHITECTURE.md.
