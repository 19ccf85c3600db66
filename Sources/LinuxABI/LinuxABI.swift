// LinuxABI: see ARCHITECTURE.md.
