"""An aged log: the transcript that a server has after years, written in minutes by the rules themselves."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from chatsimples.chat import commands
from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record, to_lines
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import State
from chatsimples.errors import StartError
from chatsimples.loadtest.ageing.life import COMING_AND_GOING, Habits, Life
from chatsimples.transcript.checkpoints import save_checkpoint
from chatsimples.transcript.recovery import new_log_id, recover
from chatsimples.transcript.segments import segments

BETWEEN_RECORDS = 10_000_000
"""Microseconds from one record to the next: three million records are a year."""

LIMITS = Limits(max_rooms=32, quiet_room=256, nick_hold=600.0)

_COMMANDS_AT_ONCE = 500
_SEGMENT_SIZE = 33_554_432
_TOLD_EVERY = 10_000


class Ageing:
    """A chat that ages: what is asked for, when, and what the rules make of it.

    Args:
        log: the log's id.
        habits: of the people.
        until: the time at which it is so old, in microseconds since 1970.
        records: how old it will be.
    """

    def __init__(self, log: str, habits: Habits, until: int, records: int) -> None:
        self.state = State()
        self.life = Life(habits)
        self._chat = Chat(log, self.state)
        self._born = until - records * BETWEEN_RECORDS

    @property
    def now(self) -> int:
        """The time, in microseconds since 1970: it goes on with each record."""
        return self._born + self.state.seq * BETWEEN_RECORDS

    def begin(self) -> list[Record]:
        """Record the server's start."""
        return self._records([commands.Start(commands.OPERATOR, "chatsimples", LIMITS)])

    def go_on(self) -> list[Record]:
        """Let people do something more; return what is recorded of it."""
        return self._records(self.life.batch(_COMMANDS_AT_ONCE))

    def end(self) -> list[Record]:
        """Record the server's stop."""
        return self._records([commands.Stop(commands.OPERATOR)])

    def _records(self, asked: list[commands.Command]) -> list[Record]:
        apply, at = self._chat.apply, self.now
        return [each for command in asked for each in apply(command, at) if isinstance(each, Record)]


class _NewLog:
    """The rules' state at the beginning of a log: there is nothing to be told."""

    def __init__(self, state: State) -> None:
        self.restore = state.restore
        self.replay = state.evolve
        self.snapshot = state.snapshot


def write_aged_log(
    folder: Path,
    records: int,
    told: Callable[[int], object] = lambda _: None,
    habits: Habits = COMING_AND_GOING,
) -> None:
    """Write the transcript of a chat that has lived for so many records, and ended cleanly.

    Args:
        folder: of the transcript; no log is in it yet.
        records: how many there are to be; a few thousand more are written.
        told: is told now and then how many there are.
        habits: of the people.

    Raises:
        StartError: the folder can't be used, or there is a transcript already.
        StorageError: the disk fails; `StorageFullError`: it has no room.
    """
    if folder.is_dir() and segments(folder):
        raise StartError(f"{folder} holds a transcript already: an aged one begins in an empty folder")
    until = time.time_ns() // 1_000
    log = new_log_id(until // 1_000, os.urandom(10))
    chat = Ageing(log, habits, until, records)
    recovery = recover(
        folder, rules=_NewLog(chat.state), new_log=lambda: log, durability="os", segment_size=_SEGMENT_SIZE
    )
    writer = recovery.writer
    try:
        next_told = _TOLD_EVERY
        made = chat.begin()
        while True:
            writer.append(to_lines(made), made[-1].seq, len(made))
            if writer.should_roll:
                writer.roll()
            if chat.state.seq >= next_told:
                told(chat.state.seq)
                next_told += _TOLD_EVERY
            if chat.state.seq >= records:
                break
            made = chat.go_on()
        made = chat.end()
        writer.append(to_lines(made), made[-1].seq, len(made))
        save_checkpoint(folder, writer.anchor(), chat.state.snapshot())
    finally:
        writer.close()
