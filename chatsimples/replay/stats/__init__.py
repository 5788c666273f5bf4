"""Counts of a recorded chat: by nick, room and time."""
