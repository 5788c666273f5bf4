"""Ways in which a server's processes are made to fail while people use it, chosen by a seed."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable

from faults.people import serves_again
from support.server import Server

StartServer = Callable[..., Server]


class Failures:
    """Makes a server fail again and again.

    Args:
        server: it is started anew, by ``start``, when all of it was ended.
        start: as the fixture ``start_server``.
        chance: chooses.
        options: of the command line.
        how: more of what `Server` takes.
    """

    def __init__(
        self,
        server: Server,
        start: StartServer,
        chance: random.Random,
        options: tuple[str, ...],
        **how: object,
    ) -> None:
        self.server = server
        self.counts: Counter[str] = Counter()
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self._start = start
        self._chance = chance
        self._options = options
        self._how = how
        self._kinds: dict[str, Callable[[], None]] = {
            "kill broadcaster": lambda: self.server.child("broadcaster").kill(),
            "kill acceptor": lambda: self.server.child("acceptor").kill(),
            "kill both": self._kill_both,
            "stop broadcaster": lambda: self.server.child("broadcaster").kill(signal.SIGSTOP),
            "stop acceptor": lambda: self.server.child("acceptor").kill(signal.SIGSTOP),
            "stop supervisor": self._stop_supervisor,
            "kill supervisor": self._kill_supervisor,
            "kill all": self._kill_all,
            "SIGTERM": self.restart,
        }

    def one(self) -> str:
        """Make it fail in a way that comes next, and wait until it serves again; tell which it was."""
        fewest = min(self.counts[kind] for kind in self._kinds)
        kind = self._chance.choice([kind for kind in self._kinds if self.counts[kind] == fewest])
        begin = time.monotonic()
        self._kinds[kind]()
        serves_again(self.server.port)
        self.seconds[kind].append(time.monotonic() - begin)
        self.counts[kind] += 1
        return kind

    @property
    def kills(self) -> int:
        """How many kills there were."""
        return sum(count for kind, count in self.counts.items() if kind.startswith("kill"))

    def _kill_both(self) -> None:
        for child in [self.server.child("broadcaster"), self.server.child("acceptor")]:
            child.kill()

    def _stop_supervisor(self) -> None:
        # Meanwhile nobody would replace its children, and nobody needs to.
        self.server.process.send_signal(signal.SIGSTOP)
        serves_again(self.server.port)
        self.server.process.send_signal(signal.SIGCONT)

    def _kill_supervisor(self) -> None:
        self.server.process.kill()
        self.server.wait()
        self.server.is_gone()
        self._start_again()

    def _kill_all(self) -> None:
        self.server.kill()
        self._start_again()

    def restart(self) -> None:
        """Stop it the ordinary way and start it again."""
        assert 0 == self.server.stop()
        self.server.is_gone()
        self._start_again()

    def _start_again(self) -> None:
        before = self.server
        self.server = self._start(*self._options, logs=before.logs, port=before.port, **self._how)
