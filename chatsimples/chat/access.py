"""Who may enter a room, read it, speak in it and see it, and who may come in at all: the one rule.

Every road asks here: ``join`` and ``hello``, ``history``, ``who``, ``rooms`` and ``since``, what is said in
rooms and to single persons. Nobody reads what they may not enter.

* **In a room without an owner** everybody who is registered may do all of this.
* **In a room with an owner** those may enter who are not banned from it and, as far as its owners have set it
  so, are logged in, are invited or know its key. Whoever has a role in it, or is invited, needs no key, and
  whoever has a role no invitation.
* **Whoever is in a room** reads it, until they leave it or are removed from it. Others read it if they may
  enter it without a key and its history is not for members only.
* **A secret room** does not exist for those who neither are in it, nor have a role in it, nor are invited: it
  is not listed, nobody is told to be in it, nothing has been said in it. Whoever knows its name can enter it
  as any other, if nothing else is set; whoever may not is told that it is closed, and no more than that.
* **A ban or a mute** of a room holds nobody who is excepted there. None holds anybody of the level of whoever
  imposed it: see `chatsimples.chat.levels`.
* **An admin** of the server enters every room, as those in it see.
"""

from __future__ import annotations

from chatsimples.chat import levels
from chatsimples.chat.charters import Charter
from chatsimples.chat.levels import Level
from chatsimples.chat.names import name_key
from chatsimples.chat.persons import Person, all_keys, nick_keys
from chatsimples.chat.records import timestamp
from chatsimples.chat.rooms import Room
from chatsimples.chat.sanctions import Sanction, Sanctions
from chatsimples.chat.state import State
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

_CLOSED = N_("it is closed")
_INVITED = N_("it is for those who are invited")
_MEMBERS = N_("only its members read it")
_FROM_SERVER = N_("you are banned from this server")
_FROM_ROOM = N_("you are banned from {room}")
_FROM_SERVER_UNTIL = N_("you are banned from this server until {until}")
_FROM_ROOM_UNTIL = N_("you are banned from {room} until {until}")
_NICK = N_("the nick {nick} is banned here")
_MODERATED = N_("only those speak in {room} who have a voice there")
_MUTED = N_("you are muted")
_MUTED_UNTIL = N_("you are muted until {until}")


def check_entering(person: Person, room: Room, name: str, key: str, now: int) -> None:
    """See that somebody may enter a room.

    Args:
        person: who wants to, and is not in it.
        room: the room.
        name: how they call it.
        key: the proof of its key, as they have given it; empty if they gave none.
        now: in microseconds since 1970.

    Raises:
        Refusal: ``banned``, ``login_required``, ``bad_key``, ``room_closed`` or ``room_full``; of a secret
            room that they may not see always ``room_closed``.
    """
    charter = room.charter
    if charter is None:
        return
    try:
        _check_admitted(person, room, charter, key, now)
        _check_room_left(person, room, charter)
    except Refusal:
        if sees(person, room):
            raise
        raise Refusal("room_closed", room=name, why=_CLOSED) from None


def check_reading(person: Person, room: Room, now: int) -> None:
    """See that somebody may read a room that they may see, in it or not.

    Raises:
        Refusal: as `check_entering`.
    """
    charter = room.charter
    if charter is None or person.conn in room.members:
        return
    _check_admitted(person, room, charter, "", now)
    if charter.settings.members_only_history and not _has_a_place(person, charter):
        raise Refusal("room_closed", room=room.name, why=_MEMBERS)


def sees(person: Person, room: Room) -> bool:
    """Tell whether a room exists for somebody."""
    charter = room.charter
    if charter is None or not charter.settings.secret or person.conn in room.members:
        return True
    return _has_a_place(person, charter) or _is_invited(person, charter)


def hears_outsiders(room: Room) -> bool:
    """Tell whether those are heard in a room who are not in it."""
    return room.charter is not None and room.charter.settings.outsiders


def may_list(person: Person, room: Room, now: int) -> bool:
    """Tell whether somebody may see who is in a room."""
    if room.charter is None:
        return True
    if not sees(person, room):
        return False
    try:
        check_reading(person, room, now)
    except Refusal:
        return False
    return True


def check_speaking(state: State, person: Person, room: Room | None, now: int) -> None:
    """See that somebody may speak in a room that they are in or, without one, to a single person.

    Raises:
        Refusal: ``muted``.
    """
    check_not_muted(state, person, room, now)
    charter = room.charter if room is not None else None
    if room is None or charter is None or not charter.settings.moderated:
        return
    if levels.in_room(charter, person) < Level.VOICE:
        raise Refusal("muted", why=_MODERATED, room=room.name)


def may_speak(state: State, person: Person, room: Room, now: int) -> bool:
    """Tell whether somebody may speak in a room that they are in."""
    try:
        check_speaking(state, person, room, now)
    except Refusal:
        return False
    return True


def check_not_muted(state: State, person: Person, room: Room | None, now: int) -> None:
    """See that somebody is not muted in a room or, without one, on the server: that they are in both.

    Raises:
        Refusal: ``muted``.
    """
    if state.muted:
        mute = state.charters.server.mutes.find(all_keys(person), now, levels.on_server(person))
        if mute is not None:
            raise _muted(mute)
    charter = room.charter if room is not None else None
    if charter is not None and charter.mutes.by_key:
        mute = _found(charter.mutes, person, charter, now)
        if mute is not None:
            raise _muted(mute)


def ban_from_server(state: State, person: Person, now: int) -> Sanction | None:
    """Return the ban that keeps somebody off the server, be it by the nick alone."""
    bans = state.charters.server.bans
    return bans.find(all_keys(person), now, levels.on_server(person)) if bans.by_key else None


def check_nick(state: State, person: Person, nick: str, now: int) -> None:
    """See that a nick that somebody wants to have is not banned.

    Raises:
        Refusal: ``banned``.
    """
    bans = state.charters.server.bans
    if bans.by_key and bans.find(nick_keys(name_key(nick)), now, levels.on_server(person)):
        raise Refusal("banned", why=_NICK, nick=nick)


def banned(ban: Sanction, room: str = "") -> Refusal:
    """Return what somebody is told whom a ban keeps out of a room or, without one, off the server."""
    if room:
        return Refusal("banned", why=_FROM_ROOM_UNTIL if ban.until else _FROM_ROOM, room=room, **_end(ban))
    return Refusal("banned", why=_FROM_SERVER_UNTIL if ban.until else _FROM_SERVER, **_end(ban))


def is_by_nick_alone(ban: Sanction, person: Person) -> bool:
    """Tell whether a ban would not concern somebody under another nick."""
    others = set(all_keys(person)) - set(nick_keys(person.nick_key))
    return others.isdisjoint(ban.keys)


def _check_admitted(person: Person, room: Room, charter: Charter, key: str, now: int) -> None:
    ban = _found(charter.bans, person, charter, now)
    if ban is not None and levels.on_server(person) < Level.ADMIN:
        raise banned(ban, room.name)
    if _has_a_place(person, charter):
        return
    settings = charter.settings
    if settings.accounts_only and not person.account:
        raise Refusal("login_required", room=room.name)
    if _is_invited(person, charter):
        return
    if settings.invite_only and not _is_among(charter.welcome, person, now):
        raise Refusal("room_closed", room=room.name, why=_INVITED)
    if charter.key and key != charter.key:
        raise Refusal("bad_key", room=room.name)


def ban_from_room(person: Person, charter: Charter, now: int) -> Sanction | None:
    """Return the ban that keeps somebody out of a room."""
    return _found(charter.bans, person, charter, now)


def _found(sanctions: Sanctions, person: Person, charter: Charter, now: int) -> Sanction | None:
    """Return the ban or the mute that holds somebody in a room, unless they are excepted from it."""
    if not sanctions.by_key:
        return None
    found = sanctions.find(all_keys(person), now, levels.in_room(charter, person), person.nick_key)
    return None if found is None or _is_among(charter.exempt, person, now) else found


def _is_among(sanctions: Sanctions, person: Person, now: int) -> bool:
    return bool(sanctions.by_key) and (
        sanctions.find(all_keys(person), now, nick_key=person.nick_key) is not None
    )


def _check_room_left(person: Person, room: Room, charter: Charter) -> None:
    limit = charter.settings.limit
    if 0 < limit <= len(room.members) and not _has_a_place(person, charter):
        raise Refusal("room_full", room=room.name, limit=limit)


def _has_a_place(person: Person, charter: Charter) -> bool:
    """Tell whether nothing but a ban keeps somebody out of a room: by a role there, or as an admin."""
    return levels.by_role(charter, person) > Level.NOBODY or levels.on_server(person) >= Level.ADMIN


def _is_invited(person: Person, charter: Charter) -> bool:
    invited = charter.invited
    return bool(invited) and any(key in invited for key in all_keys(person))


def _muted(mute: Sanction) -> Refusal:
    return Refusal("muted", why=_MUTED_UNTIL if mute.until else _MUTED, **_end(mute))


def _end(sanction: Sanction) -> dict[str, str]:
    return {"until": timestamp(sanction.until)} if sanction.until else {}
