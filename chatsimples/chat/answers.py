"""What is answered to whoever asks who is there and which rooms there are, of a state of the chat.

An answer is a page of a list in the order of the names' keys: it costs what it holds, however long the list.
"""

from __future__ import annotations

from heapq import merge
from itertools import islice

from msgspec import structs
from sortedcontainers import SortedList

from chatsimples.chat import levels, persons
from chatsimples.chat.effects import Held, Members, RoomList, RoomModes, RoomSize
from chatsimples.chat.levels import Level
from chatsimples.chat.names import name_key
from chatsimples.chat.persons import Person
from chatsimples.chat.records import timestamp
from chatsimples.chat.rooms import Connection, Room
from chatsimples.chat.sanctions import Sanctions
from chatsimples.chat.state import State

MEMBERS_TOLD = 1_000
ROOMS_TOLD = 1_000


def shown_name(state: State, room: str) -> str:
    """Return a room's name as the first who came wrote it; of an empty room as it was asked for."""
    found = state.rooms.get(name_key(room))
    return found.name if found else room


def members(
    state: State, room: str, mark: str, after: str = "", limit: int = 0, *, numbered: bool = False
) -> Members:
    """Tell who is in a room, and how many there are.

    Args:
        state: of the chat.
        room: its name.
        mark: the question's own id.
        after: the nick after which to begin; empty for the beginning.
        limit: how many to tell, at most `MEMBERS_TOLD`; 0 for as many.
        numbered: whether to tell the numbers of their connections too.
    """
    found = state.rooms.get(name_key(room))
    if found is None:
        return Members(room, [], 0, id=mark)
    keys, more = _page(_nicks_of(found), after, limit or MEMBERS_TOLD)
    holders = [state.nicks[key] for key in keys]
    told = [holder.nick for holder in holders]
    conns = [holder.conn for holder in holders] if numbered else []
    return Members(room, told, len(found.members), told[-1] if more else "", mark, conns=conns)


def with_charter(answer: Members, state: State, person: Person, room: Room) -> Members:
    """Tell of a room also what its owners have laid down, as far as it concerns whoever asks."""
    charter = room.charter
    if charter is None:
        return answer
    roles = {
        nick: role
        for nick in answer.members
        if (role := levels.role_in(charter, state.nicks[name_key(nick)]))
    }
    answer = structs.replace(
        answer, topic=charter.topic, settings=charter.settings, keyed=bool(charter.key), roles=roles
    )
    if levels.in_room(charter, person) < Level.OPERATOR:
        return answer
    return structs.replace(answer, bans=_held(charter.bans), mutes=_held(charter.mutes))


def with_modes(answer: RoomModes, person: Person, room: Room, *, lists: bool) -> RoomModes:
    """Tell of a room how it is set and, to whoever is in it or governs the server, whom its lists hold."""
    charter = room.charter
    if charter is None:
        return answer
    answer = structs.replace(
        answer, settings=charter.settings, keyed=bool(charter.key), made_at=charter.made_at
    )
    if not lists or (person.conn not in room.members and levels.on_server(person) < Level.OPERATOR):
        return answer
    return structs.replace(
        answer, bans=_held(charter.bans), mutes=_held(charter.mutes), exempt=_held(charter.exempt),
        welcome=_held(charter.welcome),
    )  # fmt: skip


def room_list(
    state: State, mark: str, after: str = "", limit: int = 0, person: Connection | None = None
) -> RoomList:
    """Tell which rooms there are, and how many.

    Args:
        state: of the chat.
        mark: the question's own id.
        after: the room after which to begin; empty for the beginning.
        limit: how many to tell, at most `ROOMS_TOLD`; 0 for as many.
        person: who asks, and is told of the secret rooms that they are in; an admin of all of them.
    """
    secret: SortedList[str] = SortedList()
    if state.secret_order and person is not None:
        secret = state.secret_order
        if levels.on_server(person) < Level.ADMIN:
            secret = SortedList(key for key in person.rooms if key in state.secret_order)
    keys, more = _page(state.room_order, after, limit or ROOMS_TOLD, secret)
    rooms = [state.rooms[key] for key in keys]
    told = [
        RoomSize(room.name, len(room.members), room.charter.topic if room.charter is not None else "")
        for room in rooms
    ]
    count = len(state.room_order) + len(secret)
    return RoomList(told, count, told[-1].room if more else "", mark)


def _held(sanctions: Sanctions) -> list[Held]:
    return [
        Held(each.nick, each.by, _time(each.until), _time(each.at), persons.is_of_account(each.keys))
        for each in sanctions
    ]


def _time(at: int) -> str:
    return timestamp(at) if at else ""


def _nicks_of(room: Room) -> SortedList[str]:
    if room.order is not None:
        return room.order
    return SortedList(member.nick_key for member in room.members.values())


def _page(
    keys: SortedList[str], after: str, limit: int, others: SortedList[str] | None = None
) -> tuple[list[str], bool]:
    """Return the next keys of one or both lists, and whether there are more."""
    begin = name_key(after)
    coming = keys.irange(minimum=begin, inclusive=(False, True))
    if others:
        coming = merge(coming, others.irange(minimum=begin, inclusive=(False, True)))
    page = list(islice(coming, limit + 1))
    return page[:limit], len(page) > limit
