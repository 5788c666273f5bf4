"""The names of this machine, as far as they are known."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable


class OwnNames:
    """The names of this machine, in lower case: its own, the one in ``.local`` and the one with its domain.

    Who knows the last one may have to be asked over the network, which can take long: so that is done in a
    thread, and until it has answered the name is not among them.

    Args:
        host_name: tells the machine's name.
        full_name: tells its name with the domain.
    """

    def __init__(
        self,
        host_name: Callable[[], str] = socket.gethostname,
        full_name: Callable[[], str] = socket.getfqdn,
    ) -> None:
        own = host_name().lower()
        self._full_name = full_name
        self._names = frozenset({own, f"{own.partition('.')[0]}.local"})
        threading.Thread(target=self._ask, name="own-names", daemon=True).start()

    def __call__(self) -> frozenset[str]:
        """Return them."""
        return self._names

    def _ask(self) -> None:
        self._names |= {self._full_name().lower()}
