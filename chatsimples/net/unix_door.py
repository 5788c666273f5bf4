"""The door that is a file: a Unix socket, for programs on this machine."""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
from contextlib import suppress
from pathlib import Path

from chatsimples.errors import SettingError, StartError
from chatsimples.net.doors import BACKLOG, Door, DoorKind

_ONLY_MINE = 0o177
_PERMISSIONS = re.compile("0?[0-7]{3}")


def permissions(text: str) -> int:
    """Read permissions of a file as they are written: ``0660``.

    Raises:
        SettingError: they are none.
    """
    if not _PERMISSIONS.fullmatch(text):
        raise SettingError(f"unix_mode: {text!r} are no permissions; they are written as 0600")
    return int(text, 8)


class UnixListener:
    """A Unix socket that is listened on.

    A socket that is there already is replaced if nobody listens on it: a server that was killed has left it.

    Args:
        path: where it is to be.
        mode: who may connect, as the permissions of a file.

    Raises:
        StartError: somebody listens there, another kind of file is there, or it can't be made.

    Attributes:
        door: for whoever accepts.
    """

    def __init__(self, path: str, mode: int) -> None:
        self._path = Path(path).absolute()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            _remove_if_stale(self._path)
            # Nobody else is let in, not for a moment.
            before = os.umask(_ONLY_MINE)
            try:
                listener.bind(path)
            finally:
                os.umask(before)
            self._path.chmod(mode)
            self._file = self._found()
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            raise StartError(
                f"the Unix socket {path} can't be listened on: {error.strerror or error}"
            ) from None
        except StartError:
            listener.close()
            raise
        self.door = Door(DoorKind.UNIX, listener)

    def remove(self) -> None:
        """Remove the file, unless another program has put one of its own there."""
        with suppress(OSError):
            if self._found() == self._file:
                self._path.unlink()

    def _found(self) -> tuple[int, int]:
        found = self._path.lstat()
        return found.st_dev, found.st_ino


def _remove_if_stale(path: Path) -> None:
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise StartError(f"the Unix socket {path} can't be listened on: another file is there")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except OSError as error:
            if error.errno == errno.ECONNREFUSED:
                path.unlink()
                return
            if error.errno not in {errno.EAGAIN, errno.EINPROGRESS}:
                raise
    raise StartError(f"the Unix socket {path} is taken: another program listens there")
