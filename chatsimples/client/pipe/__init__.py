"""The client without a terminal: each line in is said, each line heard goes out."""
