"""The worker threads: bytes of their clients to batches of commands."""
