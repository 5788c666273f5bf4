"""Pages of memory that many sockets take the same bytes from, without a copy for each.

`send` copies its bytes for each socket. For a hundred readers of a batch these are a hundred copies, and each
has left the processor's caches when its reader comes for it. With `sendfile` from a file in memory, the
sockets refer to the file's own pages instead. What holds for these, as the system and clients have them too:

1. Bytes are written once, to the end of a file, and no file is cut: a socket refers to them for as long as
   its client does not read, be it hours.
2. Nothing is kept for that. A full file is closed, and the system frees each of its pages when no socket
   refers to it any more. How much a socket may hold is bounded as ever.
3. Where there are no such files, or there is no room for one, the bytes are sent by `send`.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from chatsimples.server.broadcaster.outlet import Outlet

LEAST_BYTES = 16_384
"""Below this, to refer to pages costs more than a copy."""

LEAST_RECEIVERS = 64
"""Below this, the copy into the file is not made up for."""

_FILE_BYTES = 1_048_576

Sender = Callable[[Outlet], int]
"""Gives an outlet's socket certain bytes; returns how many it has taken, or raises as `Outlet.send` does."""


class SharedPages:
    """Gives the same bytes to many outlets.

    Args:
        file_bytes: after how many a new file is begun.
    """

    def __init__(self, file_bytes: int = _FILE_BYTES) -> None:
        self._file_bytes = file_bytes
        self._file: int | None = None
        self._size = 0

    def sender(self, data: bytes, receivers: int) -> Sender | None:
        """Return what gives some bytes to each of so many outlets. It is good until the next call.

        Returns:
            None where `Outlet.send` is to be used: for few bytes or receivers, or if there are no pages.
        """
        if receivers < LEAST_RECEIVERS or len(data) < LEAST_BYTES:
            return None
        try:
            file = self._file_with_room()
            offset = self._size
            self._size += os.write(file, data)
        except (OSError, AttributeError):
            # There is no descriptor or no memory left, or the system has no files in memory.
            self.close()
            return None
        return _sender(file, offset, data) if self._size == offset + len(data) else None

    def close(self) -> None:
        """Close the file; nothing changes for the sockets."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _file_with_room(self) -> int:
        if self._file is not None and self._size >= self._file_bytes:
            self.close()
        if self._file is None:
            self._file = os.memfd_create("chatsimples: fan-out")
            self._size = 0
        return self._file


def _sender(file: int, offset: int, data: bytes) -> Sender:
    size = len(data)

    def give(outlet: Outlet) -> int:
        try:
            return os.sendfile(outlet.sock.fileno(), file, offset, size)
        except BlockingIOError:
            raise
        except OSError:
            # Nothing of it has been taken. If that is for the socket's sake, it is told again.
            return outlet.send(data)

    return give
