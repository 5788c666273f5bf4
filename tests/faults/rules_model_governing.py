"""The part of the rules' model that knows owners, moderators, bans and who may do what, from the protocol.

In lists, that are looked through from end to end: it shares nothing with the product but its commands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from msgspec import UNSET

from chatsimples.chat import commands
from chatsimples.chat.identities import identity_of
from chatsimples.chat.records import timestamp

SECOND = 1_000_000
ROLES = {"none": 0, "voice": 1, "operator": 2, "owner": 3}
SERVER_ROLES = {"moderator": 2, "admin": 4}
CONSOLE = 5
MOST_KEYS = 16
PLAIN = {
    "invite_only": False, "moderated": False, "secret": False, "members_only_history": False,
    "accounts_only": False, "limit": 0, "inviters": "operators", "topic_by": "operators",
    "outsiders": False,
}  # fmt: skip
_VISITOR = re.compile(r"visitante-[1-9][0-9]*")

Key = tuple[str, object]


@dataclass(frozen=True)
class Bounds:
    """How many there may be: roles, bans, mutes and those invited in a room; bans and mutes of the server."""

    roles: int = 256
    sanctions: int = 256
    invited: int = 256
    of_server: int = 4_096


BOUNDS = Bounds()


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The command is refused with a code."""


@dataclass
class Person:
    """Whoever is registered on a connection. ``rooms`` by key, in the order in which they were entered."""

    conn: int
    nick: str
    dialect: str
    session: str = ""
    account: str = ""
    role: str = ""
    identity: str = ""
    rooms: dict[str, str] = field(default_factory=dict)
    user: str = ""
    realname: str = ""
    away: str = ""

    def __post_init__(self) -> None:
        self.identity = identity_of(self.session, self.account)

    @property
    def lasting(self) -> list[Key]:
        """What they are known by on another connection."""
        found: list[Key] = [("account", self.account.casefold())] if self.account else []
        return [*found, ("session", self.identity)] if self.identity else found

    @property
    def known_by(self) -> list[Key]:
        """All that they are known by."""
        return [*self.lasting, ("conn", self.conn), *by_nick(self.nick)]

    @property
    def server_level(self) -> int:
        """What they are on the server."""
        return SERVER_ROLES.get(self.role, 0)


def by_nick(nick: str) -> list[Key]:
    """Return what a nick is known by: nothing if it is given to whoever has none."""
    return [] if _VISITOR.fullmatch(nick.casefold()) else [("nick", nick.casefold())]


def _fits(mask: str, nick: str) -> bool:
    """Tell whether a mask fits a nick, without patterns: character after character."""
    if not mask:
        return not nick
    if mask[0] == "*":
        return any(_fits(mask[1:], nick[skipped:]) for skipped in range(len(nick) + 1))
    return bool(nick) and mask[0] in {"?", nick[0]} and _fits(mask[1:], nick[1:])


@dataclass
class Penalty:
    """A ban or a mute."""

    keys: list[Key]
    until: int
    level: int
    nick: str
    by: str

    def is_of(self, keys: list[Key]) -> bool:
        return any(key in self.keys for key in keys)

    def holds(self, keys: list[Key], now: int, level: int = -1, nick: str = "") -> bool:
        fits = any(kind == "mask" and _fits(str(mask), nick.casefold()) for kind, mask in self.keys)
        return (self.is_of(keys) or fits) and level < self.level and not 0 < self.until <= now


@dataclass
class Charter:
    """What a room has that has an owner, and the server."""

    roles: dict[str, str] = field(default_factory=dict)
    guests: dict[int, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=lambda: dict(PLAIN))
    key: str = ""
    topic: str = ""
    bans: list[Penalty] = field(default_factory=list)
    mutes: list[Penalty] = field(default_factory=list)
    exempt: list[Penalty] = field(default_factory=list)
    welcome: list[Penalty] = field(default_factory=list)
    invited: list[Key] = field(default_factory=list)

    def holds(self, penalties: list[Penalty], person: Person, now: int, level: int) -> bool:
        """Tell whether somebody is banned or muted, and not excepted from it."""
        if not any(each.holds(person.known_by, now, level, person.nick) for each in penalties):
            return False
        return not any(each.holds(person.known_by, now, -1, person.nick) for each in self.exempt)

    def has_invited(self, person: Person) -> bool:
        return any(key in self.invited for key in person.known_by)

    @property
    def is_of_guests(self) -> bool:
        return "owner" not in self.roles.values()

    def word_of(self, person: Person) -> str:
        """Return the higher one of the roles of the account and of the connection."""
        of_account = self.roles.get(person.account.casefold(), "none") if person.account else "none"
        return max(of_account, self.guests.get(person.conn, "none"), key=lambda role: ROLES[role])

    def give(self, person: Person | None, account: str, role: str) -> None:
        """Give a role to an account or, without one, to a person who is there."""
        if person is not None:
            self.guests.pop(person.conn, None)
        self.roles.pop(account, None)
        if role != "none" and account:
            self.roles[account] = role
        elif role != "none" and person is not None:
            self.guests[person.conn] = role

    def level_of(self, role: str) -> int:
        """Return what a role is: in a room of guests operators are what owners are elsewhere."""
        return 3 if role == "operator" and self.is_of_guests else ROLES[role]

    def role_of(self, person: Person) -> int:
        return self.level_of(self.word_of(person))


def impose(penalties: list[Penalty], new: Penalty, now: int) -> None:
    """Let there be one more; it takes the place of others for the same person, and knows them by the same."""
    for each in list(penalties):
        if 0 < each.until <= now:
            penalties.remove(each)
    for key in list(new.keys):
        for each in [each for each in penalties if key in each.keys]:
            new.keys += [key for key in each.keys if key not in new.keys]
            penalties.remove(each)
    del new.keys[MOST_KEYS:]
    penalties.append(new)


def must_have_room(penalties: list[Penalty], keys: list[Key], now: int, bound: int) -> None:
    """See that there is room for one more: there is, if one has ended, or it takes another one's place."""
    has_ended = any(0 < each.until <= now for each in penalties)
    if len(penalties) >= bound and not has_ended and not any(each.is_of(keys) for each in penalties):
        raise Refused("list_full")


def held(penalties: list[Penalty], keys: list[Key], now: int, level: int = -1) -> bool:
    """Tell whether one of them holds somebody."""
    return any(each.holds(keys, now, level) for each in penalties)


class Governing:
    """See the module. What is recorded and told is the rest of the model's."""

    people: dict[int, Person]
    now: int
    room_names: dict[str, str]
    guests_govern: bool

    def __init__(self) -> None:
        self.server = Charter()
        self.charters: dict[str, Charter] = {}

    # Questions.

    def level(self, person: Person | None, key: str) -> int:
        """Return what somebody is in a room or, without one, on the server."""
        if person is None:
            return CONSOLE
        charter = self.charters.get(key)
        return max(charter.role_of(person) if charter else 0, person.server_level)

    def sees(self, person: Person, key: str) -> bool:
        charter = self.charters.get(key)
        if charter is None or not charter.settings["secret"] or key in person.rooms:
            return True
        return self._has_place(person, charter) or charter.has_invited(person)

    def why_not_enter(self, person: Person, key: str, proof: str) -> str:
        """Return the code that somebody gets who wants to enter a room, if they may not."""
        charter = self.charters.get(key)
        if charter is None:
            return ""
        code = self._why_not(person, key, charter, proof)
        limit = charter.settings["limit"]
        inside = sum(key in each.rooms for each in self.people.values())
        if not code and 0 < limit <= inside and not self._has_place(person, charter):
            code = "room_full"
        return code if not code or self.sees(person, key) else "room_closed"

    def why_not_read(self, person: Person, key: str) -> str:
        charter = self.charters.get(key)
        if charter is None or key in person.rooms:
            return ""
        code = self._why_not(person, key, charter, "")
        if not code and charter.settings["members_only_history"] and not self._has_place(person, charter):
            return "room_closed"
        return code

    def must_speak(self, person: Person, key: str = "") -> None:
        self.must_not_be_muted(person, key)
        charter = self.charters.get(key)
        if charter and charter.settings["moderated"] and self.level(person, key) < 1:
            raise Refused("muted")

    def must_not_be_muted(self, person: Person, key: str = "") -> None:
        if held(self.server.mutes, person.known_by, self.now, person.server_level):
            raise Refused("muted")
        charter = self.charters.get(key)
        if charter and charter.holds(charter.mutes, person, self.now, self.level(person, key)):
            raise Refused("muted")

    def kept_off(self, person: Person) -> str:
        """Tell whether a ban keeps somebody off the server: ``nick`` if only by the nick, or ``all``."""
        bans = [
            each for each in self.server.bans if each.holds(person.known_by, self.now, person.server_level)
        ]
        if not bans:
            return ""
        others = [key for key in person.known_by if key not in by_nick(person.nick)]
        return "all" if any(each.is_of(others) for each in bans) else "nick"

    def is_banned_nick(self, person: Person, nick: str) -> bool:
        return held(self.server.bans, by_nick(nick), self.now, person.server_level)

    def topic_of(self, key: str) -> str:
        """Return what whoever enters a room is told that it is about."""
        charter = self.charters.get(key)
        return charter.topic if charter is not None else ""

    def told_of(self, person: Person, key: str, members: list[str]) -> tuple[Any, ...]:
        """Return what an answer about who is in a room says beside that."""
        charter = self.charters.get(key)
        if charter is None:
            return ("", None, False, {}, [], [])
        roles = {}
        for each in self.people.values():
            if each.nick in members and charter.word_of(each) != "none":
                roles[each.nick] = charter.word_of(each)
        lists: list[list[tuple[str, str, str]]] = [[], []]
        if self.level(person, key) >= 2:
            for told, those in zip(lists, (charter.bans, charter.mutes), strict=True):
                told += [(p.nick, p.by, timestamp(p.until) if p.until else "") for p in those]
        return (charter.topic, charter.settings, bool(charter.key), roles, *lists)

    def _why_not(self, person: Person, key: str, charter: Charter, proof: str) -> str:
        level = self.level(person, key)
        if level < 4 and charter.holds(charter.bans, person, self.now, level):
            return "banned"
        if self._has_place(person, charter):
            return ""
        if charter.settings["accounts_only"] and not person.account:
            return "login_required"
        if charter.has_invited(person):
            return ""
        is_welcome = any(each.holds(person.known_by, self.now, -1, person.nick) for each in charter.welcome)
        if charter.settings["invite_only"] and not is_welcome:
            return "room_closed"
        return "bad_key" if charter.key and proof != charter.key else ""

    def _has_place(self, person: Person, charter: Charter) -> bool:
        return charter.role_of(person) > 0 or person.server_level >= 4

    # What changes.

    def record(self, type_: str, /, person: Person | None = None, nick: str = "", **fields: Any) -> None:
        raise NotImplementedError

    def reply(self, conn: int, *answer: Any) -> None:
        raise NotImplementedError

    def go_out(self, person: Person, key: str, reason: str, mark: str = "", **how: Any) -> None:
        raise NotImplementedError

    def depart(self, person: Person, reason: str, word: str = "", **how: Any) -> None:
        raise NotImplementedError

    def renew(self, person: Person) -> str:
        raise NotImplementedError

    def named(self, nick: str) -> Person | None:
        raise NotImplementedError

    def found(self, person: Person, key: str) -> None:
        """Let a room be an account's that makes it, or governed by the guest who does."""
        if person.account:
            self.charters[key] = Charter(roles={person.account.casefold(): "owner"})
        else:
            self.charters[key] = Charter(guests={person.conn: "operator"})
        role = "owner" if person.account else "operator"
        told = {"account": person.account, "role": role, "reason": "made"}
        self.record("role", person, room=self.room_names[key], **told, **by(person))

    def leaves(self, person: Person, key: str, reason: str) -> None:
        """Note what a leave means for whether somebody may come back."""
        charter = self.charters.get(key)
        if charter is None:
            return
        charter.guests.pop(person.conn, None)
        if charter.is_of_guests and not any(key in each.rooms for each in self.people.values()):
            del self.charters[key]
        if reason in {"kicked", "banned"}:
            charter.invited = [each for each in charter.invited if each not in person.known_by]
            return
        comes_back = reason not in {"left", "quit", "switched"} and charter.settings["invite_only"]
        if comes_back and person.lasting and person.account.casefold() not in charter.roles:
            invite(charter, person.lasting[0])

    def govern(self, actor: Person | None, command: Any) -> None:
        """Carry out what somebody does who may do more than others."""
        match command:
            case commands.Topic():
                self._topic(actor, command)
            case commands.Set():
                self._set(actor, command)
            case commands.Grant():
                self._grant(actor, command)
            case commands.Invite():
                self._invite(actor, command)
            case commands.Kick():
                self._kick(actor, command)
            case commands.Ban():
                self._ban(actor, command)
            case commands.Unban():
                self._lift(actor, command, "unban", command.account)
            case commands.Exempt():
                self._exempt(actor, command)
            case commands.Mute():
                self._mute(actor, command)
            case commands.Announce():
                if self.level(actor, "") < 2:
                    raise Refused("not_permitted")
                self._do("announcement", actor, "", command.id, text=command.text)

    def change_account(self, command: commands.AccountChanged) -> None:
        for person in self._logged_in(command.account):
            if command.ended:
                self.reply(person.conn, "error", "session_ended", "")
                self.depart(person, "revoked")
            elif command.role and command.role != person.role:
                person.role = command.role
                self.record("role", person, account=person.account, role=command.role, by="*")

    def log_in(self, person: Person, command: commands.Login) -> None:
        level = SERVER_ROLES.get(command.role, 0)
        if held(self.server.bans, [("account", command.account.casefold())], self.now, level):
            self.reply(person.conn, "error", "banned", command.id)
            self.depart(person, "banned")
            return
        is_new = person.account.casefold() != command.account.casefold()
        person.account, person.role = command.account, command.role
        renewed = {"identity": self.renew(person)} if is_new and person.identity else {}
        self.record("login", person, account=command.account, role=command.role, id=command.id, **renewed)

    def _topic(self, actor: Person | None, command: commands.Topic) -> None:
        key, charter = self._governed(actor, command.room, 0)
        if charter.settings["topic_by"] == "operators" and self.level(actor, key) < 2:
            raise Refused("not_permitted")
        if charter.settings["topic_by"] == "members" and actor is not None:
            self.must_speak(actor, key)
        charter.topic = command.text
        self._do("topic", actor, key, command.id, text=command.text)

    def _set(self, actor: Person | None, command: commands.Set) -> None:
        key, charter = self._governed(actor, command.room, 3)
        asked = {
            name: value for name in (*PLAIN, "key") if (value := getattr(command.settings, name)) is not UNSET
        }
        if not asked or not (asked.get("key", "") == "" or len(asked["key"]) == 32):
            raise Refused("bad_request")
        told = dict(asked)
        if "key" in asked:
            charter.key = told.pop("key")
            told["keyed"] = bool(charter.key)
            if charter.key:
                self._do("set", actor, key, "", quiet=True, settings={"key": charter.key})
        charter.settings |= {name: value for name, value in told.items() if name in PLAIN}
        self._do("set", actor, key, command.id, settings=told)

    def _grant(self, actor: Person | None, command: commands.Grant) -> None:
        key, charter = self._governed(actor, command.room, 0)
        person = self.named(command.nick)
        if person is not None and not person.account:
            self._must_be_able(person, key, command.role)
        account = person.account if person else command.nick
        if person is None and account.casefold() not in charter.roles:
            raise Refused("no_such_nick")
        before = ROLES[charter.word_of(person) if person else charter.roles[account.casefold()]]
        given = "none" if command.how == "lower" else command.role
        after = ROLES[given]
        if command.how == "raise" and before >= ROLES[command.role]:
            return
        if command.how == "lower" and before != ROLES[command.role]:
            return
        own = actor is not None and (
            actor is person or (bool(account) and actor.account.casefold() == account.casefold())
        )
        if not (own and after < before):
            needed = 3 if max(before, after) >= 2 else 2
            if self.level(actor, key) < needed or (before == 3 and self.level(actor, key) < 4):
                raise Refused("not_permitted")
        was_of_guests = charter.is_of_guests
        if after == 3 and was_of_guests and not own:
            raise Refused("not_permitted")
        if after and not before and len(charter.roles) + len(charter.guests) >= BOUNDS.roles:
            raise Refused("list_full")
        self._do("role", actor, key, command.id, person, account=account, role=given)
        charter.give(person, account.casefold(), given)
        if charter.is_of_guests and not was_of_guests:
            del self.charters[key]
            self.forget_if_empty(key)

    def _must_be_able(self, guest: Person, key: str, role: str) -> None:
        """See that a guest can have a role."""
        if not self.guests_govern or role == "owner":
            raise Refused("no_account")
        if key not in guest.rooms:
            raise Refused("not_a_member")

    def _invite(self, actor: Person | None, command: commands.Invite) -> None:
        key = self._where(actor, command.room)
        if actor is not None:
            self.must_speak(actor)
        charter, person = self.charters.get(key), self._holder(command.nick)
        if charter is not None:
            if charter.settings["inviters"] == "operators" and self.level(actor, key) < 2:
                raise Refused("not_permitted")
            if charter.holds(charter.bans, person, self.now, self.level(person, key)):
                raise Refused("not_permitted")
        if key in person.rooms:
            raise Refused("not_permitted")
        self._do("invite", actor, key, command.id, person, quiet=True, account=person.account)
        if charter is not None:
            invite(charter, (person.lasting or [("conn", person.conn)])[0])

    def _kick(self, actor: Person | None, command: commands.Kick) -> None:
        key = self._where(actor, command.room) if command.room else ""
        if self.level(actor, key) < 2:
            raise Refused("not_permitted")
        person = self._holder(command.nick)
        if key and key not in person.rooms:
            raise Refused("not_a_member")
        self._must_be_above(actor, key, [person])
        if key:
            self.go_out(person, key, "kicked", command.id, text=command.text, **by(actor))
        else:
            self.reply(person.conn, "error", "kicked", "")
            self.depart(person, "kicked", text=command.text, id=command.id, **by(actor))

    def _ban(self, actor: Person | None, command: commands.Ban) -> None:
        key, charter = self._place(actor, command.room)
        person = self._one(command.nick, command.account)
        keys = self._keys(person, command.nick, command.account)
        account = person.account if person else command.account
        those = self._logged_in(account) or ([person] if person else [])
        self._must_be_above(actor, key, those)
        if (
            account
            and key
            and charter.level_of(charter.roles.get(account.casefold(), "none")) >= self.level(actor, key)
        ):
            raise Refused("not_permitted")
        must_have_room(charter.bans, keys, self.now, BOUNDS.sanctions if key else BOUNDS.of_server)
        if not key and ("*" in command.nick or "?" in command.nick):
            raise Refused("bad_request")
        nick = person.nick if person else command.nick
        until = self.now + command.seconds * SECOND if command.seconds else 0
        told = {"account": account, "text": command.text, "until": timestamp(until) if until else ""}
        self._do("ban", actor, key, command.id, person, nick, **told)
        penalty = Penalty(keys, until, self.level(actor, key), nick or account, by(actor)["by"])
        impose(charter.bans, penalty, self.now)
        charter.invited = [each for each in charter.invited if each not in keys]
        for each in those:
            if not key:
                self.reply(each.conn, "error", "banned", "")
                self.depart(each, "banned", **by(actor))
            elif key in each.rooms:
                self.go_out(each, key, "banned", **by(actor))

    def _mute(self, actor: Person | None, command: commands.Mute) -> None:
        if command.seconds == commands.LIFTED:
            self._lift(actor, command, "mute", "")
            return
        key, charter = self._place(actor, command.room)
        person = self.named(command.nick)
        if person is None and key and (command.ahead or "*" in command.nick or "?" in command.nick):
            self._mute_ahead(actor, key, charter, command)
            return
        person = self._holder(command.nick)
        self._must_be_above(actor, key, [person])
        bound = BOUNDS.sanctions if key else BOUNDS.of_server
        must_have_room(charter.mutes, person.known_by, self.now, bound)
        until = self.now + command.seconds * SECOND if command.seconds else 0
        told = {"text": command.text, "until": timestamp(until) if until else "", "account": person.account}
        self._do("mute", actor, key, command.id, person, **told)
        penalty = Penalty(person.known_by, until, self.level(actor, key), person.nick, by(actor)["by"])
        impose(charter.mutes, penalty, self.now)

    def _mute_ahead(self, actor: Person | None, key: str, charter: Charter, command: Any) -> None:
        keys = self._keys(None, command.nick, "")
        must_have_room(charter.mutes, keys, self.now, BOUNDS.sanctions)
        until = self.now + command.seconds * SECOND if command.seconds else 0
        told = {"text": command.text, "until": timestamp(until) if until else ""}
        self._do("mute", actor, key, command.id, None, command.nick, **told)
        impose(charter.mutes, Penalty(keys, until, 1, command.nick, by(actor)["by"]), self.now)

    def _exempt(self, actor: Person | None, command: Any) -> None:
        if command.lifted:
            self._lift(actor, command, "admit" if command.welcome else "exempt", command.account)
            return
        key, charter = self._governed(actor, command.room, 2)
        person = self._one(command.nick, command.account)
        keys = self._keys(person, command.nick, command.account)
        those = charter.welcome if command.welcome else charter.exempt
        must_have_room(those, keys, self.now, BOUNDS.sanctions)
        nick = person.nick if person else command.nick
        kind = "admit" if command.welcome else "exempt"
        self._do(kind, actor, key, command.id, person, nick, account=command.account)
        penalty = Penalty(keys, 0, self.level(actor, key), nick or command.account, by(actor)["by"])
        impose(those, penalty, self.now)

    def _lift(self, actor: Person | None, command: Any, kind: str, account: str) -> None:
        key, charter = self._place(actor, command.room)
        person = self._one(command.nick, account)
        keys = self._keys(person, command.nick, account)
        lists = {
            "mute": (charter.mutes, "not_muted"), "unban": (charter.bans, "not_banned"),
            "exempt": (charter.exempt, "not_exempt"), "admit": (charter.welcome, "not_exempt"),
        }  # fmt: skip
        penalties, refused = lists[kind]
        found = [each for each in penalties if each.is_of(keys) and not 0 < each.until <= self.now]
        if not found:
            raise Refused(refused)
        if any(each.level > self.level(actor, key) for each in found):
            raise Refused("not_permitted")
        told = {"account": account} | ({} if kind == "unban" else {"reason": "lifted"})
        self._do(kind, actor, key, command.id, person, person.nick if person else command.nick, **told)
        for each in [each for each in penalties if each.is_of(keys)]:
            penalties.remove(each)

    # Steps.

    def forget_if_empty(self, key: str) -> None:
        """Let a room be no more that has neither members nor an owner."""
        if key not in self.charters and not any(key in each.rooms for each in self.people.values()):
            self.room_names.pop(key, None)

    def _where(self, actor: Person | None, room: str) -> str:
        key = room.casefold()
        if key not in (self.room_names if actor is None else actor.rooms):
            raise Refused("not_in_room")
        return key

    def _governed(self, actor: Person | None, room: str, least: int) -> tuple[str, Charter]:
        key = self._where(actor, room)
        if key not in self.charters or self.level(actor, key) < least:
            raise Refused("not_permitted")
        return key, self.charters[key]

    def _place(self, actor: Person | None, room: str) -> tuple[str, Charter]:
        if room:
            return self._governed(actor, room, 2)
        if self.level(actor, "") < 2:
            raise Refused("not_permitted")
        return "", self.server

    def _must_be_above(self, actor: Person | None, key: str, those: list[Person]) -> None:
        if any(self.level(each, key) >= self.level(actor, key) for each in those):
            raise Refused("not_permitted")

    def _one(self, nick: str, account: str) -> Person | None:
        if bool(nick) == bool(account):
            raise Refused("bad_request")
        return self.named(nick) if nick else None

    def _keys(self, person: Person | None, nick: str, account: str) -> list[Key]:
        if "*" in nick or "?" in nick:
            return [("mask", nick.casefold())]
        keys = person.known_by if person else by_nick(nick) if nick else [("account", account.casefold())]
        if not keys:
            raise Refused("no_such_nick")
        return list(keys)

    def _holder(self, nick: str) -> Person:
        person = self.named(nick)
        if person is None:
            raise Refused("no_such_nick")
        return person

    def _logged_in(self, account: str) -> list[Person]:
        key = account.casefold()
        found = [each for each in self.people.values() if account and each.account.casefold() == key]
        return sorted(found, key=lambda each: each.conn)

    def _do(  # noqa: PLR0917 - whoever does it, where, and to whom
        self,
        kind: str,
        actor: Person | None,
        key: str,
        mark: str = "",
        person: Person | None = None,
        nick: str = "",
        **fields: Any,
    ) -> None:
        room = self.room_names[key] if key else ""
        self.record(kind, person, nick, room=room, id=mark, **fields, **by(actor))


def by(actor: Person | None) -> dict[str, Any]:
    """Return what a record says of whoever did it."""
    if actor is None:
        return {"by": "*"}
    return {"by": actor.nick, "by_conn": actor.conn, "by_account": actor.account}


def invite(charter: Charter, key: Key) -> None:
    """Let somebody be invited, as the last one; of too many the first goes."""
    charter.invited = [*(each for each in charter.invited if each != key), key][-BOUNDS.invited :]
