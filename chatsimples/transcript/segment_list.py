"""The segments of a transcript, listed again only where the folder has changed: there may be thousands."""

from __future__ import annotations

import os
import time
from pathlib import Path

from chatsimples.transcript.segments import first_seq_of

_SETTLED = 100_000_000


class SegmentList:
    """Lists the segments of a transcript.

    Args:
        path: the folder, or a single segment.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._paths: list[Path] = []
        self._known: dict[str, tuple[int, Path]] = {}
        self._changed = -1

    def paths(self) -> list[Path]:
        """Return the segments, oldest first. The list is not to be changed.

        Raises:
            OSError: the folder can't be read.
        """
        stat = self._path.stat()
        if not self._path.is_dir():
            return [self._path]
        changed = stat.st_mtime_ns
        if changed != self._changed:
            listed = time.time_ns()
            self._list()
            # Two changes at nearly the same time may have the same: then the next call looks again.
            self._changed = changed if abs(listed - changed) > _SETTLED else -1
        return self._paths

    def _list(self) -> None:
        # What changes in a folder is seldom a segment. Those that were there before cost a look each.
        known: dict[str, tuple[int, Path]] = {}
        for name in os.listdir(self._path):  # noqa: PTH208 # a path for each file would cost ten times as much
            if name.startswith("transcript-"):
                entry = self._known.get(name)
                if entry is None and (seq := first_seq_of(name)) is not None:
                    entry = seq, self._path / name
                if entry is not None:
                    known[name] = entry
        self._known = known
        self._paths = [path for _, path in sorted(known.values())]
