"""The verifier process: reads what the start has not read, while the others serve.

It is there once in a run of the server, for as long as it has something to read. It takes what processor
time the others leave and a bounded part of the disk's, changes nothing, and nobody waits for it: whatever
becomes of it, the server goes on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from chatsimples.errors import TranscriptDamagedError
from chatsimples.i18n import N_, language, translator
from chatsimples.server.channels import FollowLog, Told, receive_order, send
from chatsimples.server.oplog import events as oplog
from chatsimples.server.oplog.events import log
from chatsimples.server.process import be_a_child
from chatsimples.server.tasks import VerifierTask
from chatsimples.transcript.index.build import build_index
from chatsimples.transcript.unread import Unread

BYTES_PER_SECOND = 50_000_000
"""What it reads at most."""

_NICENESS = 19
_REPORT_EVERY = 60.0
_PER_MEBIBYTE = 1 << 20


class SupervisorGoneError(Exception):
    """Nobody is there any more for whom it would read."""


def run(task: VerifierTask) -> None:
    """Be the verifier process, until all is read or the supervisor is gone."""
    be_a_child("verifier")
    oplog.configure(task.settings, "verifier")
    # What is found is told soon, however busy the machine is: the log's thread keeps the ordinary priority.
    log.begin()
    with suppress(OSError):
        os.nice(_NICENESS)
    try:
        _verify(task)
    except SupervisorGoneError:
        return
    except OSError as error:
        where = error.filename or task.settings.logs
        log.error("the transcript can't be read in the background", path=str(where), why=error.strerror)


def _verify(task: VerifierTask) -> None:
    began = time.monotonic()
    unread = Unread(Path(task.settings.logs), task.first_seq, task.offset)
    pace = Pace(task.supervisor, unread.size, BYTES_PER_SECOND, time.monotonic)
    log.info(
        "the transcript is being verified in the background", segments=len(unread.paths), bytes=unread.size
    )
    damaged = 0
    for checked in unread.verify(pace.pause):
        if checked.damage is not None:
            damaged += 1
            _tell(task, checked.damage)
        elif checked.whole:
            _give_index(checked.path)
    log.info(
        "the transcript was verified in the background",
        segments=len(unread.paths), bytes=pace.bytes, damaged=damaged,
        seconds=round(time.monotonic() - began, 1),
    )  # fmt: skip


def _give_index(segment: Path) -> None:
    """Write the index of a segment that has none: it was copied without, or comes from an older server."""
    try:
        build_index(segment)
    except OSError as error:
        # It is missed only by those who look for what is far back.
        log.warning("no index of a segment could be written", path=str(segment), why=error.strerror)


def _tell(task: VerifierTask, damage: TranscriptDamagedError) -> None:
    log.critical(
        "the transcript is damaged",
        path=str(damage.path), line=damage.line, byte=damage.offset, why=damage.reason,
    )  # fmt: skip
    _ = translator(language(task.settings.lang))
    lines = (
        _(N_("THE TRANSCRIPT IS DAMAGED: {damage}")).format(damage=damage),
        _(N_("The server goes on, and what is said is recorded. Look at the disk, and for a backup.")),
    )
    send(task.supervisor, Told([f"chatsimples: {line}" for line in lines]))


class Pace:
    """Keeps the reading slow, tells how far it is, and ends it once nobody is there for whom to read.

    Args:
        supervisor: the pipe to the supervisor.
        size: bytes to be read in all.
        rate: bytes a second to be read at most.
        clock: seconds that only go forward.

    Attributes:
        bytes: those that were read.
    """

    def __init__(
        self, supervisor: Connection[Any, Any], size: int, rate: int, clock: Callable[[], float]
    ) -> None:
        self.bytes = 0
        self._supervisor = supervisor
        self._size = size
        self._rate = rate
        self._clock = clock
        self._due = self._reported_at = clock()

    def pause(self, count: int) -> None:
        """Wait as long as it takes at least to have read so many bytes more.

        Raises:
            SupervisorGoneError: the supervisor is gone.
        """
        self.bytes += count
        now = self._clock()
        # What was slower than it might have been is not made up for.
        self._due = max(self._due, now - count / self._rate) + count / self._rate
        if now - self._reported_at >= _REPORT_EVERY:
            self._reported_at = now
            log.info(
                "the transcript is still being verified",
                mebibytes=self.bytes // _PER_MEBIBYTE, of=self._size // _PER_MEBIBYTE,
            )  # fmt: skip
        if self._supervisor.poll(max(self._due - now, 0.0)):
            self._obey()

    def _obey(self) -> None:
        try:
            order = receive_order(self._supervisor)
        except EOFError:
            raise SupervisorGoneError from None
        if isinstance(order, FollowLog):
            log.follow_file()
