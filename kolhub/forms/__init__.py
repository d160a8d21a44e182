"""What people type: one file per subject."""
