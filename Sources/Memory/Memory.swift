// Memory: see ARCHITECTURE.md.
