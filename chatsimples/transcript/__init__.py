"""The transcript on disk: written, sealed, recovered, read, verified. Files only; see docs/transcript.md."""
