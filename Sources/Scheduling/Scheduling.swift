// Scheduling: see ARCHITECTURE.md.
