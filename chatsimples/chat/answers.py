"""What is answered to whoever asks who is there and which rooms there are, of a state of the chat.

An answer is a page of a list in the order of the names' keys: it costs what it holds, however long the list.
"""

from __future__ import annotations

from itertools import islice

from sortedcontainers import SortedList

from chatsimples.chat.effects import Members, RoomList, RoomSize
from chatsimples.chat.names import name_key
from chatsimples.chat.state import Room, State

MEMBERS_TOLD = 1_000
ROOMS_TOLD = 1_000


def shown_name(state: State, room: str) -> str:
    """Return a room's name as the first who came wrote it; of an empty room as it was asked for."""
    found = state.rooms.get(name_key(room))
    return found.name if found else room


def members(state: State, room: str, mark: str, after: str = "", limit: int = 0) -> Members:
    """Tell who is in a room, and how many there are.

    Args:
        state: of the chat.
        room: its name.
        mark: the question's own id.
        after: the nick after which to begin; empty for the beginning.
        limit: how many to tell, at most `MEMBERS_TOLD`; 0 for as many.
    """
    found = state.rooms.get(name_key(room))
    if found is None:
        return Members(room, [], 0, id=mark)
    keys, more = _page(_nicks_of(found), after, limit or MEMBERS_TOLD)
    told = [state.nicks[key].nick for key in keys]
    return Members(room, told, len(found.members), told[-1] if more else "", mark)


def room_list(state: State, mark: str, after: str = "", limit: int = 0) -> RoomList:
    """Tell which rooms there are, and how many.

    Args:
        state: of the chat.
        mark: the question's own id.
        after: the room after which to begin; empty for the beginning.
        limit: how many to tell, at most `ROOMS_TOLD`; 0 for as many.
    """
    keys, more = _page(state.room_order, after, limit or ROOMS_TOLD)
    rooms = [state.rooms[key] for key in keys]
    told = [RoomSize(room.name, len(room.members)) for room in rooms]
    return RoomList(told, len(state.rooms), told[-1].room if more else "", mark)


def _nicks_of(room: Room) -> SortedList[str]:
    if room.order is not None:
        return room.order
    return SortedList(member.nick_key for member in room.members.values())


def _page(keys: SortedList[str], after: str, limit: int) -> tuple[list[str], bool]:
    """Return the next keys, and whether there are more."""
    page = list(islice(keys.irange(minimum=name_key(after), inclusive=(False, True)), limit + 1))
    return page[:limit], len(page) > limit
