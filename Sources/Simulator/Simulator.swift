// Simulator: see ARCHITECTURE.md.
