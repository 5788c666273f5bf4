"""Who is let in: connections are counted, and those from one address are bounded. For any thread."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from contextlib import suppress

from chatsimples.net.doors import Peer

_UNREAD_BYTES = 65_536


class Admission:
    """Counts connections.

    Args:
        most: how many there may be.
        most_from_one: how many from one address; 0 for no bound. Peers on this machine are exempt.
    """

    def __init__(self, most: int, most_from_one: int) -> None:
        self.most_from_one = most_from_one
        self._most = most
        self._counting = threading.Lock()
        self._from: Counter[str] = Counter()
        self._count = 0

    def __len__(self) -> int:
        """Tell how many connections there are."""
        return self._count

    @property
    def has_room(self) -> bool:
        """Whether there may be one more."""
        return self._count < self._most

    def admit(self, peer: Peer) -> bool:
        """Count a connection that has come, unless there are too many from its address."""
        with self._counting:
            bound = 0 if peer.is_local else self.most_from_one
            if bound and self._from[peer.address] >= bound:
                return False
            self._from[peer.address] += 1
            self._count += 1
        return True

    def leave(self, address: str) -> None:
        """Count a connection no more: it has gone."""
        with self._counting:
            self._count -= 1
            self._from[address] -= 1
            if not self._from[address]:
                del self._from[address]


def turn_away(sock: socket.socket, answer: bytes) -> None:
    """Close a connection that nobody else has, after an answer."""
    # Closing with unread input would reset the connection and could destroy the answer.
    with suppress(OSError):
        sock.send(answer)
        sock.shutdown(socket.SHUT_WR)
        sock.recv(_UNREAD_BYTES)
    sock.close()
