"""What is exported: which records, and what they are as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from chatsimples.chat.names import heard_key
from chatsimples.chat.records import Record, microseconds
from chatsimples.config.replay import ExportSettings
from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import N_, Translate
from chatsimples.replay.narration.visible import visible
from chatsimples.replay.recording.rhythm import timed
from chatsimples.transcript.reader import Line

_ROOMS_IN_TITLE = 4


class Room(msgspec.Struct):
    """A room in what is exported.

    Attributes:
        number: from 0, in the order in which they appear.
        name: as it is shown.
        count: its records.
    """

    number: int
    name: str
    count: int = 0


class Survey(msgspec.Struct):
    """What is exported, as a whole.

    Attributes:
        count: of the records.
        first, last: these two; None if there is none.
        seconds: from the first to the last.
        private: how many are private messages.
        rooms: by key.
    """

    count: int = 0
    first: Record | None = None
    last: Record | None = None
    seconds: float = 0.0
    private: int = 0
    rooms: dict[str, Room] = {}

    def names(self) -> str:
        """Name the rooms, as a title."""
        names = [f"#{room.name}" for room in self.rooms.values()]
        shown = ", ".join(names[:_ROOMS_IN_TITLE])
        return f"{shown}…" if len(names) > _ROOMS_IN_TITLE else shown or "ChatSimples"


class Job(msgspec.Struct, frozen=True):
    """An export.

    Attributes:
        lines: reads what is wanted, from its beginning each time.
        settings: what was asked for.
        translate: the language of what is told.
    """

    lines: Callable[[], Iterator[Line]]
    settings: ExportSettings
    translate: Translate

    def survey(self) -> Survey:
        """Look at all of it: some forms begin with what only the end tells. Memory grows with the rooms only.

        Raises:
            ChatSimplesError: a record's time is none.
        """
        found = Survey()
        for seconds, (record, _) in timed(_with_times(self.lines(), self.translate)):
            found.first = found.first or record
            found.last, found.seconds = record, seconds
            found.count += 1
            if record.room:
                key = heard_key(record.room)
                if key not in found.rooms:
                    found.rooms[key] = Room(len(found.rooms), visible(record.room))
                found.rooms[key].count += 1
            elif record.to:
                found.private += 1
        return found

    def title(self, found: Survey) -> str:
        """Give the title that was asked for, or else the rooms' names."""
        return visible(self.settings.title) or found.names()


def _with_times(lines: Iterable[Line], translate: Translate) -> Iterator[Line]:
    for line in lines:
        record = line[0]
        try:
            microseconds(record.at)
        except ValueError:
            text = translate(N_("record {seq} has a time that is none: {at}"))
            raise ChatSimplesError(text.format(seq=record.seq, at=visible(record.at[:80]))) from None
        yield line
