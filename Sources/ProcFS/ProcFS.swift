// ProcFS: see ARCHITECTURE.md.
