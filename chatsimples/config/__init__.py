"""Settings: what one is, and each program's own."""
