"""Above how many members a room was quiet: a setting that a transcript does not tell, but shows."""

from __future__ import annotations

from collections.abc import Sequence

from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record
from chatsimples.chat.state import State


class Quietness:
    """Finds the one bound for which all marks of a run of the server can be right, if there is one.

    Attributes:
        bound: members above which rooms are quiet, as far as is known; 0 as long as none was.
    """

    def __init__(self) -> None:
        self.bound = 0
        # The most members with which a room was not quiet.
        self._loud = 0

    def observe(self, group: Sequence[Record], state: State) -> int:
        """Take in the marks of records that are about to be made; return the bound."""
        moved: dict[str, int] = {}
        for record in group:
            if record.type in {"join", "leave", "nick"} and record.room:
                key = name_key(record.room)
                room = state.rooms.get(key)
                members = (len(room.members) if room else 0) + moved.get(key, 0)
                if record.type == "join":
                    members += 1
                elif record.type == "leave":
                    moved[key] = moved.get(key, 0) - 1
                self._note(members, quiet=record.quiet)
        return self.bound

    def _note(self, members: int, *, quiet: bool) -> None:
        if not quiet:
            self._loud = max(self._loud, members)
        elif (self.bound == 0 or members <= self.bound) and members > max(self._loud, 1):
            # The largest bound with which this one is quiet. Where none is left, the rules will differ.
            self.bound = members - 1
