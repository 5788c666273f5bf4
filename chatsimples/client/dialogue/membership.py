"""Who joins, leaves and changes nicks: all of it is followed, and only what is news to a person is shown."""

from __future__ import annotations

from collections.abc import Callable

from chatsimples.chat.records import Record
from chatsimples.client.dialogue.conversations import Conversation
from chatsimples.client.dialogue.people import MOST

SMALL_ROOM = 10
"""People up to whom all joins and leaves are shown."""

SPOKE_LATELY = 1_800.0
"""Seconds for which those who have spoken have their joins and leaves shown in larger rooms too."""

_INTERRUPTED = frozenset({"crash", "shutdown"})


class Membership:
    """Follows who is in the rooms.

    Args:
        joins: which joins and leaves are shown: "quiet", "all" or "off".
        clock: seconds that never go back.
    """

    def __init__(self, joins: str, clock: Callable[[], float]) -> None:
        self._joins = joins
        self._clock = clock
        self._interrupted: set[tuple[str, str]] = set()

    def follow(self, room: Conversation, record: Record, *, own: bool, mine: bool) -> bool:
        """Apply a ``join``, ``leave`` or ``nick`` to a room's people; tell whether it is shown.

        Args:
            room: the record's.
            record: what happened.
            own: this client caused it.
            mine: it is about this person's nick, perhaps on an earlier connection.
        """
        spoke = room.people.spoke_within(record.nick, SPOKE_LATELY, self._clock())
        small = room.people.count <= SMALL_ROOM
        who = (room.name, record.nick)
        shown = self._joins == "all" or (self._joins == "quiet" and (small or spoke))
        match record.type:
            case "join":
                room.people.joined(record.nick, record.conn)
                if not own and who in self._interrupted:
                    # They return after the server did; neither this nor their leave is news.
                    self._interrupted.discard(who)
                    return False
            case "leave":
                room.people.left(record.nick, record.conn)
                if record.by:
                    # Somebody was removed.
                    return True
                if record.reason in _INTERRUPTED:
                    if len(self._interrupted) >= MOST:
                        self._interrupted.clear()
                    self._interrupted.add(who)
                    return False
                # The end of one's own connection that another has replaced is none either.
                return shown and (record.reason == "left" or not mine)
            case _:
                room.people.renamed(record.nick, record.new)
                return shown or own
        return shown
