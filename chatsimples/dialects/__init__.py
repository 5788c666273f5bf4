"""Bytes to commands, and records and replies to bytes: one module a dialect. No I/O."""
