"""Where the project's own files are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "logs" / "sample"
"""A recorded conversation that the README plays."""
VERSION_1 = ROOT / "tests" / "corpus" / "version-1"
"""The same, as version 1 of the transcript has it."""
SNAPSHOTS = ROOT / "tests" / "corpus" / "snapshots"
"""What servers of versions before have written: a chat's records, and snapshots of it on the way."""
