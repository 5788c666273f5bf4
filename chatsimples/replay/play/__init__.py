"""Playback of a recorded chat in the terminal."""
