"""The Queue's items on its pipe: written with one call, and read as many as are there with one.

A `SimpleQueue` pickles through a buffer in memory, and reads each item with two calls and a lock. Where every
message is an item, that is felt. What stands on the pipe is the same, so both ways can be mixed: four bytes
tell the size of a pickle, which follows.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import struct
import termios
from multiprocessing.queues import SimpleQueue

from chatsimples.server.channels import ends_of

READ_BYTES = 65_536
"""What is read at a time: as much as a pipe usually holds."""

_SIZE = struct.Struct("!i")
_PICKLE_PROTOCOL = 5


class ItemWriter:
    """Puts items on a Queue; from any thread of any process.

    Args:
        queue: the Queue.
    """

    def __init__(self, queue: SimpleQueue[bytes]) -> None:
        self._pipe = ends_of(queue)[1]
        self._lock = queue._wlock  # type: ignore[attr-defined] # that of all who put

    def put(self, item: bytes) -> bool:
        """Put an item; blocks while the pipe is full.

        Returns:
            whether the reader has yet to take what was put before: so it is busy.
        """
        pickled = pickle.dumps(item, _PICKLE_PROTOCOL)
        data = _SIZE.pack(len(pickled)) + pickled
        descriptor = self._pipe.fileno()
        with self._lock:
            is_busy = _holds_bytes(descriptor)
            written = os.write(descriptor, data)
            while written < len(data):
                # A signal came between, or the pipe is of a system that takes parts.
                data = data[written:]
                written = os.write(descriptor, data)
        return is_busy


class ItemReader:
    """Takes items from a Queue, as its only reader.

    That its writers are gone can only be seen if no other process holds the writing end, so the one of this
    process is closed.

    Args:
        queue: the Queue.

    Attributes:
        pipe: becomes readable when there is something to take.
    """

    def __init__(self, queue: SimpleQueue[bytes]) -> None:
        self.pipe, writable = ends_of(queue)
        writable.close()
        self._rest = b""

    @property
    def is_within_item(self) -> bool:
        """Whether a part of an item has been read, and the rest has not."""
        return bool(self._rest)

    def take(self, most: int) -> list[bytes]:
        """Take what is there; it may be none that is complete. Waits if nothing is there at all.

        Args:
            most: bytes after which no more is read.

        Raises:
            EOFError: the writers are gone, perhaps in the middle of an item.
        """
        data = self._rest
        while True:
            part = os.read(self.pipe.fileno(), READ_BYTES)
            if not part:
                raise EOFError
            data = data + part if data else part
            # To read on where nothing is left would wait for what may not come for long.
            if len(part) < READ_BYTES or len(data) >= most or not _holds_bytes(self.pipe.fileno()):
                return self._cut(data)

    def _cut(self, data: bytes) -> list[bytes]:
        items: list[bytes] = []
        begin, size = 0, len(data)
        while size - begin >= _SIZE.size:
            end = begin + _SIZE.size + _SIZE.unpack_from(data, begin)[0]
            if end > size:
                break
            pickled = memoryview(data)[begin + _SIZE.size : end]
            items.append(pickle.loads(pickled))  # noqa: S301 - only our own processes write there
            begin = end
        self._rest = data[begin:]
        return items


def _holds_bytes(descriptor: int) -> bool:
    """Tell whether something on a pipe has not been read yet."""
    count = bytearray(4)
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return any(count)
