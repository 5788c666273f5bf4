"""The segments of a transcript, listed again only where the folder has changed: there may be thousands."""

from __future__ import annotations

import time
from pathlib import Path

from chatsimples.transcript.segments import segments

_SETTLED = 100_000_000


class SegmentList:
    """Lists the segments of a transcript.

    Args:
        path: the folder, or a single segment.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._paths: list[Path] = []
        self._changed = -1

    def paths(self) -> list[Path]:
        """Return the segments, oldest first. The list is not to be changed.

        Raises:
            OSError: the folder can't be read.
        """
        changed = self._path.stat().st_mtime_ns
        if changed != self._changed:
            listed = time.time_ns()
            self._paths = segments(self._path)
            # Two changes at nearly the same time may have the same: then the next call looks again.
            self._changed = changed if abs(listed - changed) > _SETTLED else -1
        return self._paths
