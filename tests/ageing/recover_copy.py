"""Recover a copy of a transcript, as a server does that was killed; tell its state, and take it over again.

python tests/ageing/recover_copy.py FOLDER BOUNDS

What that has cost is printed as JSON.
"""

from __future__ import annotations

import gc
import shutil
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from chatsimples.chat.sessions import Bounds
from chatsimples.chat.state import State
from chatsimples.server.broadcaster.program import Replayed
from chatsimples.transcript.recovery import recover
from chatsimples.transcript.segments import segments


class OfACopy(msgspec.Struct, frozen=True):
    """What was measured, in seconds of the processor; ``state`` is the bytes of the state, told."""

    recovery: float
    snapshot: float
    restore: float
    state: int


def main() -> None:
    """Recover a copy of the folder named on the command line."""
    folder, bounds = Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Bounds)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        copy = Path(place)
        copy_of(folder, copy)
        gc.collect()
        state = State(bounds)
        began = time.process_time()
        recovery = recover(
            copy, rules=Replayed(state), new_log=lambda: "", durability="os", segment_size=1 << 40
        )
        recovered = time.process_time()
        told = state.snapshot()
        snapshot = time.process_time()
        again = State(bounds)
        again.restore(told)
        restored = time.process_time()
        recovery.writer.close()
        measured = OfACopy(recovered - began, snapshot - recovered, restored - snapshot, len(told))
        print(msgspec.json.encode(measured).decode())  # noqa: T201 - this is what is asked for


def copy_of(folder: Path, copy: Path) -> None:
    """Copy a transcript; its older segments, which nobody changes, are the same files."""
    whole = segments(folder)
    for path in folder.iterdir():
        if path in whole[:-1]:
            (copy / path.name).hardlink_to(path)
        elif path.is_file():
            shutil.copyfile(path, copy / path.name)


if __name__ == "__main__":
    main()
