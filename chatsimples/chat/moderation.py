"""The rules for those who may do more than others: owners and operators of rooms, moderators, the operator.

1. Who acts in a room is in it and has a role there, or on the server; the server's operator is in no room. A
   room that nobody governs has no roles, so there only moderators act, and nothing but to remove somebody.
2. Nobody acts against somebody of their own level or above it (`chatsimples.chat.levels`).
3. A room that they neither are in nor see is to all of this as one that is not there.
4. What is done is on record with ``by``; a ban stands before the ends that it brings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import UNSET

from chatsimples.chat import access, charters, commands, effects, levels, masks, persons
from chatsimples.chat.charters import Charter
from chatsimples.chat.deciding import Deciding
from chatsimples.chat.governing import known_by
from chatsimples.chat.identities import identity_as
from chatsimples.chat.levels import ROOM_ROLES, Level
from chatsimples.chat.names import name_key
from chatsimples.chat.records import BY_OPERATOR, timestamp
from chatsimples.chat.room_settings import on_record
from chatsimples.chat.rooms import Connection, Room
from chatsimples.chat.sanctions import Sanctions
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

_PROOF = re.compile(r"[A-Za-z0-9_-]{32}")

_OPERATORS = N_("it takes an operator of {room}")
_OWNERS = N_("it takes an owner of {room}")
_MODERATORS = N_("it takes a moderator")
_ADMINS = N_("it takes an admin of the server")
_ABOVE = N_("{name} is not below you")
_NO_OWNER = N_("{room} has no owner")
_MASK = N_("a mask is for a room")
_OWN_ACCOUNT = N_("whoever is to own a room of guests takes it over")
IS_IN = N_("{nick} is in {room} already")
_IS_BANNED = N_("{nick} is banned from {room}")
_NO_SETTING = N_("it names no setting")
_NO_PROOF = N_("the key is no proof of one")
_NOBODY = N_("it names one nick, or one account")


class Moderation(Deciding):
    """These rules. Where ``actor`` is none, it is the server's operator."""

    # What a room is like.

    def topic(self, actor: Connection | None, command: commands.Topic) -> None:
        """Say what a room is about."""
        room, charter = self._governed(actor, command.room, Level.NOBODY)
        if charter.settings.topic_by != "members":
            self._check_level(actor, room, Level.OPERATOR)
        elif actor is not None:
            # A topic is heard too.
            access.check_speaking(self.state, actor, room, self._now)
        self._do("topic", actor, room, command.id, text=command.text)

    def set_room(self, actor: Connection | None, command: commands.Set) -> None:
        """Change the settings of a room."""
        room, _ = self._governed(actor, command.room, Level.OWNER)
        asked = command.settings
        if all(getattr(asked, name) is UNSET for name in asked.__struct_fields__):
            raise Refusal("bad_request", why=_NO_SETTING)
        if asked.key is not UNSET and asked.key and not _PROOF.fullmatch(asked.key):
            raise Refusal("bad_request", why=_NO_PROOF)
        proof, told = on_record(asked)
        if proof is not None:
            # Not for everybody: whoever has it can try keys.
            self._do("set", actor, room, quiet=True, settings=proof)
        self._do("set", actor, room, command.id, settings=told)

    def grant(self, actor: Connection | None, command: commands.Grant) -> None:
        """Give an account, or a guest who is in the room, a role there, or take it away."""
        room, charter = self._governed(actor, command.room, Level.NOBODY)
        person = self.state.nicks.get(name_key(command.nick))
        if person is not None and not person.account:
            self._check_guest(person, room, command.role)
        account = person.account if person is not None else command.nick
        key = name_key(account)
        if person is None and key not in charter.roles:
            raise Refusal("no_such_nick", nick=command.nick)
        role = levels.role_in(charter, person) if person is not None else charter.roles[key]
        given = "none" if command.how == "lower" else command.role
        before, after = ROOM_ROLES.get(role, Level.NOBODY), ROOM_ROLES[given]
        if command.how and not _changes(command, before):
            return
        is_own = actor is not None and (actor is person or (key != "" and name_key(actor.account) == key))
        if not (is_own and after < before):
            is_high = max(before, after) >= Level.OPERATOR
            self._check_level(actor, room, Level.OWNER if is_high else Level.OPERATOR)
            if before is Level.OWNER and self._level(actor, charter) < Level.ADMIN:
                raise Refusal("not_permitted", why=_ABOVE, name=command.nick)
        if after is Level.OWNER and not charter.lasts:
            self._check_taking_over(key, is_own=is_own)
        if after and not before and charter.roles_count >= charters.ROLES:
            raise Refusal("list_full", limit=charters.ROLES)
        self._do("role", actor, room, command.id, person, account=account, role=given)

    # Who comes in.

    def invite(self, actor: Connection | None, command: commands.Invite) -> None:
        """Invite somebody into a room."""
        room = self._room_for(actor, command.room)
        if actor is not None:
            access.check_speaking(self.state, actor, None, self._now)
        charter = room.charter
        person = self._holder(command.nick)
        if charter is not None:
            if charter.settings.inviters != "members":
                self._check_level(actor, room, Level.OPERATOR)
            if access.ban_from_room(person, charter, self._now):
                raise Refusal("not_permitted", why=_IS_BANNED, nick=person.nick, room=room.name)
        if person.conn in room.members:
            raise Refusal("not_permitted", why=IS_IN, nick=person.nick, room=room.name)
        self._do("invite", actor, room, command.id, person, quiet=True, account=person.account)

    def kick(self, actor: Connection | None, command: commands.Kick) -> None:
        """Remove somebody from a room, or from the server."""
        if command.room:
            room = self._room_for(actor, command.room)
            self._check_level(actor, room, Level.OPERATOR)
            person = self._holder(command.nick)
            if person.conn not in room.members:
                raise Refusal("not_a_member", nick=person.nick, room=room.name)
            self._check_above(actor, room.charter, [person])
            self._put_out(person, room, actor, "kicked", text=command.text, id=command.id)
            return
        self._check_level(actor, None, Level.OPERATOR)
        person = self._holder(command.nick)
        self._check_above(actor, None, [person])
        self._reply(person.conn, effects.Error("kicked", {}))
        self._depart(person, "kicked", text=command.text, id=command.id, **_by(actor))

    def ban(self, actor: Connection | None, command: commands.Ban) -> None:
        """Keep somebody out of a room, or off the server."""
        room, charter = self._place(actor, command.room)
        person = self.state.nicks.get(name_key(command.nick)) if command.nick else None
        keys = self._keys(person, command.nick, command.account)
        account = person.account if person is not None else command.account
        concerned = self._logged_in(account) or ([person] if person is not None else [])
        self._check_above(actor, charter if room else None, concerned, account)
        self._check_not_full(charter.bans, keys)
        self._check_mask(room, command.nick)
        nick = person.nick if person is not None else command.nick
        self._do(
            "ban", actor, room, command.id, person, nick,
            account=account, text=command.text, until=self._end_after(command.seconds),
        )  # fmt: skip
        for each in concerned:
            if room is None:
                self._refuse(each.conn, self._why_off(each))
                self._depart(each, "banned", **_by(actor))
            elif each.conn in room.members:
                self._put_out(each, room, actor, "banned")

    def unban(self, actor: Connection | None, command: commands.Unban) -> None:
        """Let somebody in again."""
        room, charter = self._place(actor, command.room)
        person = self.state.nicks.get(name_key(command.nick)) if command.nick else None
        keys = self._keys(person, command.nick, command.account)
        name = command.nick or command.account
        self._check_lifting(actor, charter, charter.bans, keys, Refusal("not_banned", name=name))
        nick = person.nick if person is not None else command.nick
        self._do("unban", actor, room, command.id, person, nick, account=command.account)

    def exempt(self, actor: Connection | None, command: commands.Exempt) -> None:
        """Except somebody from bans and mutes, or from the need of an invitation; or no more."""
        room, charter = self._governed(actor, command.room, Level.OPERATOR)
        person = self.state.nicks.get(name_key(command.nick)) if command.nick else None
        keys = self._keys(person, command.nick, command.account)
        kind, those = ("admit", charter.welcome) if command.welcome else ("exempt", charter.exempt)
        name = command.nick or command.account
        if command.lifted:
            self._check_lifting(actor, charter, those, keys, Refusal("not_exempt", name=name))
        else:
            self._check_not_full(those, keys)
        self._do(
            kind, actor, room, command.id, person, person.nick if person is not None else command.nick,
            account=command.account, reason="lifted" if command.lifted else "",
        )  # fmt: skip

    # Who speaks.

    def mute(self, actor: Connection | None, command: commands.Mute) -> None:
        """Let somebody say nothing for a while, or speak again."""
        room, charter = self._place(actor, command.room)
        if command.seconds == commands.LIFTED:
            person = self.state.nicks.get(name_key(command.nick))
            keys = self._keys(person, command.nick, "")
            self._check_lifting(actor, charter, charter.mutes, keys, Refusal("not_muted", nick=command.nick))
            nick = person.nick if person is not None else command.nick
            self._do("mute", actor, room, command.id, person, nick, reason="lifted")
            return
        if room is not None and (masks.is_mask(command.nick) or command.ahead):
            person = self.state.nicks.get(name_key(command.nick))
            if person is None:
                self._mute_ahead(actor, room, charter, command)
                return
        person = self._holder(command.nick)
        self._check_above(actor, charter if room else None, [person])
        self._check_not_full(charter.mutes, persons.all_keys(person))
        self._do(
            "mute", actor, room, command.id, person,
            account=person.account, text=command.text, until=self._end_after(command.seconds),
        )  # fmt: skip

    # Accounts.

    def login(self, connection: Connection, command: commands.Login) -> None:
        """Note that a connection has been logged in; one of a banned account ends.

        Whoever was let in as they were to be logged in would else be there as a guest.
        """
        key = persons.account_key(command.account)
        level = levels.SERVER_ROLES.get(command.role, Level.NOBODY)
        ban = self.state.charters.server.bans.find([key], self._now, level)
        if ban is not None:
            self._refuse(connection.conn, access.banned(ban), command.id)
            self._depart(connection, "banned")
            return
        identity = self._identity_as(connection, command.account) if command.renews else ""
        self._record(
            "login", connection,
            account=command.account, role=command.role, id=command.id, identity=identity,
        )  # fmt: skip

    def account_changed(self, _: None, command: commands.AccountChanged) -> None:
        """Note that an account has another role, or that nobody is logged in as it any more."""
        for connection in self._logged_in(command.account):
            if command.ended:
                self._reply(connection.conn, effects.Error("session_ended", {}))
                self._depart(connection, "revoked")
            elif command.role not in {"", connection.role}:
                self._record("role", connection, account=connection.account, role=command.role, **_by(None))

    def announce(self, actor: Connection | None, command: commands.Announce) -> None:
        """Tell everybody something."""
        self._check_level(actor, None, Level.OPERATOR)
        self._do("announcement", actor, None, command.id, text=command.text)

    def status(self, connection: Connection, command: commands.Status) -> None:
        """Have an admin told how the server does."""
        if levels.on_server(connection) < Level.ADMIN:
            raise Refusal("not_permitted", why=_ADMINS)
        counts = dict(self.state.dialects)
        self._out.append(effects.Measure(command.conn, counts, self.state.seq, command.id))

    # Steps.

    def _check_guest(self, person: Connection, room: Room, role: str) -> None:
        """See that a guest can have a role: one below an owner, while they are in the room."""
        if self.state.limits.guest_rooms != "owned" or role == "owner":
            raise Refusal("no_account", nick=person.nick)
        if person.conn not in room.members:
            raise Refusal("not_a_member", nick=person.nick, room=room.name)

    def _check_taking_over(self, account: str, *, is_own: bool) -> None:
        """See that a room of guests can become an account's: it counts as one that the account has made."""
        if not is_own:
            raise Refusal("not_permitted", why=_OWN_ACCOUNT)
        self._check_rooms_made(account)

    def _check_rooms_made(self, account: str) -> None:
        if self.state.charters.made.get(account, 0) >= charters.ROOMS_MADE:
            raise Refusal("too_many_own_rooms", limit=charters.ROOMS_MADE)

    def _identity_as(self, connection: Connection, account: str) -> str:
        """Return what the session of whoever is logged in as an account is called now; nothing if as before.

        Others may know its secret: what is an account's is worth nothing to whoever is not logged in as it.
        """
        if name_key(connection.account or " ") == name_key(account):
            return ""
        identity = identity_as(connection.identity, account)
        if self.state.sessions.conn_of(identity):
            # It is there already, on another connection, and stays there.
            return identity_as(f"{identity} {connection.conn}", account)
        return identity

    def _room_for(self, actor: Connection | None, name: str) -> Room:
        """Return the room that somebody acts in: one that they are in."""
        if actor is not None and name == commands.HERE:
            return self._room_of(actor, "")
        room = self.state.rooms.get(name_key(name)) if actor is None else actor.rooms.get(name_key(name))
        if room is None:
            raise Refusal("not_in_room", room=name)
        return room

    def _governed(self, actor: Connection | None, name: str, least: Level) -> tuple[Room, Charter]:
        """Return a room that is governed, in which somebody is at least of a level."""
        room = self._room_for(actor, name)
        if room.charter is None:
            raise Refusal("not_permitted", why=_NO_OWNER, room=room.name)
        self._check_level(actor, room, least)
        return room, room.charter

    def _place(self, actor: Connection | None, name: str) -> tuple[Room | None, Charter]:
        """Return where somebody may ban and mute: a room or, without a name, the whole server."""
        if name:
            return self._governed(actor, name, Level.OPERATOR)
        self._check_level(actor, None, Level.OPERATOR)
        return None, self.state.charters.server

    def _level(self, actor: Connection | None, charter: Charter | None) -> Level:
        return Level.CONSOLE if actor is None else levels.in_room(charter, actor)

    def _check_level(self, actor: Connection | None, room: Room | None, least: Level) -> None:
        if self._level(actor, room.charter if room is not None else None) >= least:
            return
        if room is None:
            raise Refusal("not_permitted", why=_MODERATORS)
        raise Refusal("not_permitted", why=_OWNERS if least >= Level.OWNER else _OPERATORS, room=room.name)

    def _check_above(
        self,
        actor: Connection | None,
        charter: Charter | None,
        those: Iterable[Connection],
        account: str = "",
    ) -> None:
        """See that whoever acts stands above those whom it concerns, and an account that is not there."""
        level = self._level(actor, charter)
        for each in those:
            if levels.in_room(charter, each) >= level:
                raise Refusal("not_permitted", why=_ABOVE, name=each.nick)
        if account and charter is not None and levels.of_account(charter, name_key(account)) >= level:
            raise Refusal("not_permitted", why=_ABOVE, name=account)

    def _mute_ahead(
        self, actor: Connection | None, room: Room, charter: Charter, command: commands.Mute
    ) -> None:
        """Mute those who will have a nick, or one that a mask fits."""
        self._check_not_full(charter.mutes, self._keys(None, command.nick, ""))
        until = self._end_after(command.seconds)
        self._do("mute", actor, room, command.id, None, command.nick, text=command.text, until=until)

    def _check_mask(self, room: Room | None, nick: str) -> None:
        # Those of the server would be looked through for everybody who comes.
        if room is None and masks.is_mask(nick):
            raise Refusal("bad_request", why=_MASK)

    def _check_not_full(self, sanctions: Sanctions, keys: Sequence[str]) -> None:
        if sanctions.is_full(keys, self._now):
            raise Refusal("list_full", limit=sanctions.bound)

    def _check_lifting(
        self,
        actor: Connection | None,
        charter: Charter,
        sanctions: Sanctions,
        keys: Sequence[str],
        nothing: Refusal,
    ) -> None:
        found = [each for key in keys if (each := sanctions.find([key], self._now)) is not None]
        if not found:
            raise nothing
        is_servers = charter is self.state.charters.server
        level = self._level(actor, None if is_servers else charter)
        if any(each.level > level for each in found):
            raise Refusal("not_permitted", why=_ABOVE, name=found[0].by)

    def _keys(self, person: Connection | None, nick: str, account: str) -> tuple[str, ...]:
        if bool(nick) == bool(account):
            raise Refusal("bad_request", why=_NOBODY)
        conn = person.conn if person is not None else 0
        keys = known_by(self.state.connections, conn, nick, account)
        if not keys:
            raise Refusal("no_such_nick", nick=nick)
        return keys

    def _logged_in(self, account: str) -> list[Connection]:
        there = self.state.accounts.get(name_key(account), {}) if account else {}
        # By number: in which order they were logged in, no snapshot tells.
        return [there[conn] for conn in sorted(there)]

    def _why_off(self, person: Connection) -> Refusal:
        ban = access.ban_from_server(self.state, person, self._now)
        return access.banned(ban) if ban is not None else Refusal("kicked")

    def _end_after(self, seconds: int) -> str:
        return timestamp(self._now + seconds * 1_000_000) if seconds else ""

    def _put_out(
        self, person: Connection, room: Room, actor: Connection | None, reason: str, **more: str
    ) -> None:
        quiet = self._quiet(len(room.members))
        self._record("leave", person, room=room.name, reason=reason, quiet=quiet, **more, **_by(actor))

    def _do(  # noqa: PLR0917 - whoever does it, where, and to whom
        self,
        kind: str,
        actor: Connection | None,
        room: Room | None,
        mark: str = "",
        person: Connection | None = None,
        nick: str = "",
        **fields: Any,
    ) -> None:
        where = room.name if room is not None else ""
        self._record(kind, person, nick, room=where, id=mark, **fields, **_by(actor))


def _by(actor: Connection | None) -> dict[str, Any]:
    if actor is None:
        return {"by": BY_OPERATOR}
    return {"by": actor.nick, "by_conn": actor.conn, "by_account": actor.account}


def _changes(command: commands.Grant, before: Level) -> bool:
    """Tell whether a role is given or taken from whoever has another one, as is asked."""
    role = ROOM_ROLES[command.role]
    return before < role if command.how == "raise" else before == role
