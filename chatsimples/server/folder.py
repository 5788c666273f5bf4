"""The folder of a server: made private, or told of if others can look into it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from chatsimples.config.server import ServerSettings
from chatsimples.errors import StartError
from chatsimples.server.oplog import events as oplog
from chatsimples.server.oplog.events import log

PRIVATE = 0o700

_DEFAULT = ServerSettings().logs
_TRANSCRIPT = "transcript-*.jsonl"


def prepare_folder(settings: ServerSettings) -> None:
    """Make the server's folder if it is not there, and have the operational log go to it.

    One that is the server's own, as it is the default or holds a transcript, and belongs to this user, is
    made private. One that may be there for other things stays as it is, and the log tells who can look into
    it: what the server makes in it is private all the same.

    Raises:
        StartError: it can't be made, or can't be written.
    """
    folder = Path(settings.logs)
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        oplog.configure(settings, "supervisor")
        _make_private(folder, is_default=settings.logs == _DEFAULT)
    except OSError as error:
        raise StartError(f"the folder {folder} can't be written: {error.strerror or error}") from None


def _make_private(folder: Path, *, is_default: bool) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        found = os.fstat(descriptor)
        mode = stat.S_IMODE(found.st_mode)
        if not mode & ~PRIVATE:
            return
        told = {"folder": str(folder), "mode": f"{mode:04o}"}
        if found.st_uid != os.geteuid():
            log.warning("others can look into the folder, which is another user's", better="0700", **told)
        elif not (is_default or next(folder.glob(_TRANSCRIPT), None)):
            log.warning("others can look into the folder", better="0700", **told)
        else:
            os.fchmod(descriptor, PRIVATE)
            log.warning("others could look into the folder: it is private now", now="0700", **told)
    finally:
        os.close(descriptor)
