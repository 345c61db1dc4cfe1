"""Letters, notices and reports as paper: one shape for all of them, and its PDF."""
