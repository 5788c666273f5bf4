"""A load with the rooms, sizes and rhythm of a chat that was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record, microseconds
from chatsimples.errors import WorkloadError
from chatsimples.i18n import N_, Translate
from chatsimples.loadtest.generator.schedule import Due
from chatsimples.loadtest.wire.texts import HEAD
from chatsimples.transcript.reader import TranscriptReader

MOST_ROOMS = 1_000
MOST_MESSAGES = 5_000_000
"""A longer transcript is used up to here."""

_READ_BYTES = 1 << 20


class Workload(msgspec.Struct, frozen=True):
    """What was taken from a transcript.

    Attributes:
        messages: in the order of their times.
        rooms: how many rooms they are in; private messages count as said in the first.
        seconds: from the first to the last.
        whole: whether all messages of the transcript are in it.
    """

    messages: list[Due]
    rooms: int
    seconds: float
    whole: bool

    @property
    def rate(self) -> float:
        """Messages a second, on average."""
        return len(self.messages) / max(self.seconds, 1e-6)


def read_workload(path: Path, speed: float, longest_text: int, translate: Translate) -> Workload:
    """Take the messages' times, rooms and sizes from a transcript.

    A clock that was set back while it was recorded counts as standing still. Texts shorter than a load
    test's own are as long as that.

    Args:
        path: a transcript's folder, or one segment.
        speed: how many times as fast as it was.
        longest_text: bytes of the longest text that is sent; 0 for any.
        translate: into the language of the person.

    Raises:
        WorkloadError: there is no message in it.
        ChatSimplesError: it can't be read.
    """
    messages: list[Due] = []
    rooms: dict[str, int] = {}
    begin = last = 0
    whole = True
    for record in _messages(path):
        if len(messages) == MOST_MESSAGES:
            whole = False
            break
        at = microseconds(record.at)
        begin = begin or at
        last = max(last, at)
        room = rooms.setdefault(name_key(record.room) if record.room else "", len(rooms)) % MOST_ROOMS
        size = max(HEAD, len(record.text.encode()))
        messages.append(Due(int((last - begin) / speed), room, min(size, longest_text or size)))
    if not messages:
        raise WorkloadError(translate(N_("{path}: there is no message in it")).format(path=path))
    return Workload(messages, min(len(rooms), MOST_ROOMS), messages[-1].at / 1e6, whole)


def _messages(path: Path) -> Iterator[Record]:
    cursor = TranscriptReader(path).cursor(0)
    while lines := cursor.read(_READ_BYTES):
        yield from (record for record, _ in lines if record.type == "message")
