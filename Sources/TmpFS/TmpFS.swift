// TmpFS: see ARCHITECTURE.md.
