// Locking: see ARCHITECTURE.md.
