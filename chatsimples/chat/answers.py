"""What is answered to whoever asks who is there and which rooms there are, of a state of the chat."""

from __future__ import annotations

from chatsimples.chat.effects import Members, RoomList, RoomSize
from chatsimples.chat.names import name_key
from chatsimples.chat.state import State

MEMBERS_TOLD = 1_000
ROOMS_TOLD = 1_000


def shown_name(state: State, room: str) -> str:
    """Return a room's name as the first who came wrote it; of an empty room as it was asked for."""
    found = state.rooms.get(name_key(room))
    return found.name if found else room


def members(state: State, room: str, mark: str) -> Members:
    """Tell who is in a room: at most `MEMBERS_TOLD` nicks, and how many there are.

    Args:
        state: of the chat.
        room: its name.
        mark: the question's own id.
    """
    found = state.rooms.get(name_key(room))
    present = list(found.members.values()) if found else []
    told = sorted(member.nick for member in present[:MEMBERS_TOLD])
    return Members(room, told, len(present), mark)


def room_list(state: State, mark: str) -> RoomList:
    """Tell which rooms there are, by name: at most `ROOMS_TOLD`.

    Args:
        state: of the chat.
        mark: the question's own id.
    """
    rooms = sorted(state.rooms.items())[:ROOMS_TOLD]
    return RoomList([RoomSize(room.name, len(room.members)) for _, room in rooms], mark)
