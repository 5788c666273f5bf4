"""The HTTP API for programs: what is said, read and followed by requests, without a connection."""
