"""What all readers have received, held against what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chatsimples.loadtest.checking.stream import RoomStream
from chatsimples.loadtest.checking.stream_reader import StreamReader
from chatsimples.loadtest.results import Checks

Sent = Sequence[Mapping[bytes, int]]
"""For each room, how many texts each sender has said."""


class Audit:
    """Tells whether everything has come, and in the end what was right and wrong.

    Args:
        streams: of the rooms, by their numbers.
    """

    def __init__(self, streams: Mapping[int, RoomStream]) -> None:
        self._streams = streams
        # Of each room, the texts that had come when its stream last had more of them, and its end then.
        self._texts: dict[int, int] = {}
        self._ends: dict[int, int] = {}

    def progress(self, places: Iterable[StreamReader], sent: Sent) -> tuple[int, bool]:
        """Tell how much has come of what was sent, as a number that grows, and whether that is everything.

        Whatever else comes does not count: a server that repeats itself, or sends what was said in other
        rooms, would be waited for without end.

        Args:
            places: of readers whose connections have not ended.
            sent: what was.
        """
        come, everything = 0, True
        for number, stream in self._streams.items():
            texts = stream.ledger.come(sent[number])
            if texts != self._texts.get(number):
                self._texts[number], self._ends[number] = texts, stream.end
            come += texts
            due = sum(sent[number].values())
            everything = everything and texts - stream.ledger.lost >= due and not stream.pieces
        for place in places:
            room = place.stream.number
            if place.own is None:
                come += min(place.position, self._ends[room])
            else:
                texts = place.own.come(sent[room])
                come += texts
                everything = everything and texts - place.own.lost >= sum(sent[room].values())
        return come, everything

    def finish(self, places: Iterable[StreamReader], sent: Sent) -> Checks:
        """End all readers' streams, and count what was right and wrong."""
        checks = Checks(damaged=sum(stream.damaged for stream in self._streams.values()))
        for place in places:
            room = sent[place.stream.number]
            own = place.finish(room)
            due = sum(room.values())
            checks.expected += due
            checks.exact += due - own.lost - own.reordered
            checks.lost += own.lost
            checks.duplicated += own.duplicated
            checks.reordered += own.reordered
            checks.damaged += place.damaged + own.strangers(room)
            checks.first = checks.first or own.first_fault
        for stream in self._streams.values():
            checks.first = checks.first or stream.ledger.first_fault or stream.first_damage
        return checks
