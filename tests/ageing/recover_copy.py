"""Recover a copy of a transcript, as a server does that was killed, and print how many seconds it took.

python tests/ageing/recover_copy.py FOLDER
"""

from __future__ import annotations

import gc
import shutil
import sys
import tempfile
import time
from pathlib import Path

from chatsimples.chat.state import State
from chatsimples.server.broadcaster.program import Replayed
from chatsimples.transcript.recovery import recover
from chatsimples.transcript.segments import segments


def main() -> None:
    """Recover a copy of the folder named on the command line."""
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        copy = Path(place)
        copy_of(folder, copy)
        gc.collect()
        state = State()
        began = time.process_time()
        recovery = recover(
            copy, rules=Replayed(state), new_log=lambda: "", durability="os", segment_size=1 << 40
        )
        took = time.process_time() - began
        print(took, recovery.last_seq)  # noqa: T201 - this is what is asked for
        recovery.writer.close()


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
