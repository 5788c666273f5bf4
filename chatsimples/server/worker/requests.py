"""HTTP requests where connections come in: what becomes of each, and who has lately sent some.

What understands a request is imported when the first one comes: a server that nobody browses does without.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum, auto
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from chatsimples.errors import HeadError
from chatsimples.net.own_names import OwnNames
from chatsimples.net.peers import Peer

if TYPE_CHECKING:
    from chatsimples.web.admittance import Admittance

BROWSING = 5.0
"""Seconds after a request in which whoever comes from there is taken for a browser as long as it is silent.

Browsers open connections before they need them. Each would be a visitor, and enter a room.
"""

OPENED_EARLY = 30.0
"""Seconds for which such a connection may be silent without being a visitor."""

_NETWORKS = 4_096


class Course(Enum):
    """What becomes of a request."""

    MORE = auto()
    """Its head is not complete."""

    UPGRADE = auto()
    """The connection is to be a WebSocket."""

    PASS_ON = auto()
    """It is for the web process, whatever is wrong with it."""


class Decision(NamedTuple):
    """What becomes of a request, and how long its head is, if that is complete."""

    course: Course
    length: int = 0


class Requests:
    """Decides what becomes of requests. For any thread.

    Args:
        origins: of pages that may come beside the server's own, as `chatsimples.web.origins` reads them.
        clock: tells the time, in seconds that never go back.
    """

    def __init__(self, origins: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._origins = origins
        self._clock = clock
        self._making = threading.Lock()
        self._admittance: Admittance | None = None
        # The oldest first.
        self._browsing: OrderedDict[str, float] = OrderedDict()

    def decide(self, data: bytes, peer: Peer) -> Decision:
        """Return what becomes of a request of which this has come."""
        from chatsimples.web.head import head_length, parse_head  # noqa: PLC0415 - see above
        from chatsimples.web.upgrade import is_upgrade  # noqa: PLC0415 - see above

        self._note(peer.network)
        try:
            length = head_length(data)
            if not length:
                return Decision(Course.MORE)
            head = parse_head(data[:length])
        except HeadError:
            return Decision(Course.PASS_ON)
        if is_upgrade(head) and not self._rules().refusal(head, is_tls=peer.tls is not None):
            return Decision(Course.UPGRADE, length)
        return Decision(Course.PASS_ON, length)

    def browses(self, network: str, since: float) -> bool:
        """Tell whether somebody there has sent a request since then."""
        return self._browsing.get(network, -inf) > since

    def _note(self, network: str) -> None:
        with self._making:
            self._browsing[network] = self._clock()
            self._browsing.move_to_end(network)
            while len(self._browsing) > _NETWORKS:
                self._browsing.popitem(last=False)

    def _rules(self) -> Admittance:
        from chatsimples.web.admittance import Admittance  # noqa: PLC0415 - see above
        from chatsimples.web.origins import read_origins  # noqa: PLC0415 - see above

        with self._making:
            if self._admittance is None:
                self._admittance = Admittance(read_origins(self._origins), OwnNames())
            return self._admittance
