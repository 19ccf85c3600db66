// Processes: see ARCHITECTURE.md.
