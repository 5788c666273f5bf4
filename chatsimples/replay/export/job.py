"""An export job: which records, in which language, and a summary of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from chatsimples.chat.names import heard_key
from chatsimples.chat.records import Record, microseconds
from chatsimples.config.replay import ExportSettings
from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import N_, Translate
from chatsimples.replay.narration.descriptions import is_conversation
from chatsimples.replay.recording.rhythm import timed
from chatsimples.screen.sanitize import sanitize
from chatsimples.transcript.reader import Line

_ROOMS_IN_TITLE = 4


class RoomSummary(msgspec.Struct):
    """A room.

    Attributes:
        number: from 0, in the order in which the rooms appear.
        name: as it is shown.
        count: how many records it has.
    """

    number: int
    name: str
    count: int = 0


class Summary(msgspec.Struct):
    """What a conversation is as a whole.

    Attributes:
        count: how many records it has.
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
    rooms: dict[str, RoomSummary] = {}

    def names(self) -> str:
        """Return the rooms' names, as a title."""
        names = [f"#{room.name}" for room in self.rooms.values()]
        shown = ", ".join(names[:_ROOMS_IN_TITLE])
        return f"{shown}…" if len(names) > _ROOMS_IN_TITLE else shown or "ChatSimples"


class ExportJob(msgspec.Struct, frozen=True):
    """An export.

    Attributes:
        lines: reads the selected records, from the first one each time.
        settings: what was asked for.
        translate: the language of the texts for people.
    """

    lines: Callable[[], Iterator[Line]]
    settings: ExportSettings
    translate: Translate

    def conversation(self) -> Iterator[Line]:
        """Return the selected records of the conversation, from the first one each time."""
        return (line for line in self.lines() if is_conversation(line[0]))

    def summary(self) -> Summary:
        """Read the whole conversation: some formats begin with what only its end tells.

        Memory grows with the rooms only.

        Raises:
            ChatSimplesError: a record's time is none.
        """
        found = Summary()
        for seconds, (record, _) in timed(_with_times(self.conversation(), self.translate)):
            found.first = found.first or record
            found.last, found.seconds = record, seconds
            found.count += 1
            if record.room:
                key = heard_key(record.room)
                if key not in found.rooms:
                    found.rooms[key] = RoomSummary(len(found.rooms), sanitize(record.room))
                found.rooms[key].count += 1
            elif record.to:
                found.private += 1
        return found

    def title(self, found: Summary) -> str:
        """Return the title that was asked for, or else the rooms' names."""
        return sanitize(self.settings.title) or found.names()


def _with_times(lines: Iterable[Line], translate: Translate) -> Iterator[Line]:
    for line in lines:
        record = line[0]
        try:
            microseconds(record.at)
        except ValueError:
            text = translate(N_("record {seq} has a time that is none: {at}"))
            raise ChatSimplesError(text.format(seq=record.seq, at=sanitize(record.at[:80]))) from None
        yield line
