"""Sockets as any server needs them: listening, accepting, tuning, and how many files may be open."""
