// DevFS: see ARCHITECTURE.md.
