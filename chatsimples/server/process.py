"""What every process of the server does to itself when it begins."""

from __future__ import annotations

import gc
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import setproctitle

_NEVER = 1 << 30

FOR_THE_SUPERVISOR = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
"""The signals that mean something to the supervisor alone."""


def be_a_child(name: str) -> None:
    """Take a name that ``ps`` shows, leave the supervisor its signals, and collect garbage in short steps."""
    setproctitle.setproctitle(f"chatsimples: {name}")
    # Ctrl-C and a closed terminal reach every process of the terminal's group, a service manager's SIGTERM
    # every process of the service; the supervisor decides what follows. If it is gone, its pipe tells.
    for number in FOR_THE_SUPERVISOR:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FOR_THE_SUPERVISOR)
    collect_only_what_is_young()


def leave_no_core() -> None:
    """Let nothing of this process's memory be written to a file should it crash."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def collect_only_what_is_young() -> None:
    """Let the garbage collector never look at all that there is: nobody is served meanwhile.

    With ten thousand connections that takes 70 ms. What a child lets go of, its reference counts free at
    once; cycles, which exceptions can leave, are found while they are young. That nothing heaps up is shown
    by `scripts/measure_ageing.sh`. What is there when this is called is not looked at again at all.
    """
    gc.freeze()
    youngest, middle, _ = gc.get_threshold()
    gc.set_threshold(youngest, middle, _NEVER)


@contextmanager
def signals_held() -> Iterator[None]:
    """Hold the supervisor's signals back here, and in what is started meanwhile until it is ready for them.

    A process inherits which signals are held: none of them ends it before `be_a_child` ignores them. And the
    one that `multiprocessing` starts to watch over semaphores is never ended by a closed terminal.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, FOR_THE_SUPERVISOR)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
