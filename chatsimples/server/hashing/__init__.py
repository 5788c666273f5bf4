"""Passwords are hashed in a process of its own, of the lowest priority, so that nobody else waits for it."""
