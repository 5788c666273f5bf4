"""The rules once more, from docs/protocol.md, in sets and dicts: what each command must be answered with.

It knows the product's commands, as they are what goes in, and nothing of its state. What comes out is told in
plain tuples and dicts, as `told` makes them of the product's records and effects.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

import msgspec

from chatsimples.chat import commands, effects
from chatsimples.chat.identities import identity_of
from chatsimples.chat.records import Record

Told = tuple[Any, ...] | dict[str, Any]

DEFAULT_ROOM = "geral"
SECOND = 1_000_000


def told(out: Iterable[Record | effects.Effect], on_record: AbstractSet[int]) -> list[Told]:
    """Tell what the rules gave, without times, in plain things that can be compared.

    Args:
        out: what they gave.
        on_record: the connections of which there is a record: the others of a session are nothing to it.
    """
    return [_told(each, on_record) for each in out]


def _told(each: Record | effects.Effect, on_record: AbstractSet[int]) -> Told:
    match each:
        case Record():
            fields = msgspec.structs.asdict(each)
            return {name: value for name, value in fields.items() if value and name != "at"}
        case effects.Reply(conn=conn, answer=answer):
            return ("reply", conn, *_answer(answer))
        case effects.Feed():
            own = sorted({each.conn, *(conn for conn in each.connections if conn in on_record)})
            return ("feed", each.conn, each.after, sorted(each.rooms), own)
        case effects.Recall():
            return ("recall", each.conn, each.room, each.before, each.limit, each.id)
        case effects.Attach():
            return ("attach", each.conn, each.dialect)
        case effects.End():
            return ("end", each.conn)


def _answer(answer: effects.Answer) -> tuple[Any, ...]:
    match answer:
        case effects.Error():
            return ("error", answer.code, answer.id)
        case effects.Welcome():
            return ("welcome", answer.nick, answer.seq, answer.session, answer.resumed, answer.head)
        case effects.Members():
            return ("members", answer.room, sorted(answer.members), answer.count, answer.id)
        case effects.RoomList():
            return ("rooms", [(each.room, each.members) for each in answer.rooms], answer.id)
        case effects.Ping():
            return ("ping", answer.seq)
        case effects.Pong():
            return ("pong", answer.id)
        case effects.Duplicate():
            return ("duplicate", answer.id, answer.seq)
        case effects.CommandList():
            return ("help",)
    raise AssertionError(f"rules never answer with {answer}")


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The command is refused with a code."""


@dataclass
class Person:
    """Whoever is behind a connection. ``rooms`` by key, in the order in which they were entered."""

    conn: int
    dialect: str
    nick: str = ""
    session: str = ""
    introduced: bool = False
    rooms: dict[str, str] = field(default_factory=dict)


@dataclass
class Held:
    """A nick that whoever left without saying goodbye can claim; none after a goodbye."""

    nick: str
    since: int


class Model:
    """See the module.

    Args:
        max_rooms, quiet_room, hold: the limits; ``hold`` in seconds.
        log: the log's id.

    Attributes:
        people: who is connected.
        doubtful: sessions of which the records do not tell all: a crash may give their nick a new claim.
    """

    def __init__(self, max_rooms: int, quiet_room: int, hold: float, log: str) -> None:
        self.max_rooms = max_rooms
        self.quiet_room = quiet_room
        self.hold = hold
        self.log = log
        self.seq = 0
        self.now = 0
        self.people: dict[int, Person] = {}
        self.room_names: dict[str, str] = {}
        self.recorded: dict[tuple[str, str], int] = {}
        self.held: dict[str, Held] = {}
        self.had: dict[str, list[int]] = {}
        self.on_record: set[int] = set()
        self.doubtful: set[str] = set()
        self._out: list[Told] = []

    # Questions.

    def named(self, nick: str) -> Person | None:
        return next((each for each in self.people.values() if each.nick and _same(each.nick, nick)), None)

    def inside(self, key: str) -> list[Person]:
        return [each for each in self.people.values() if key in each.rooms]

    def current(self, session: str) -> Person | None:
        return next((each for each in self.people.values() if session and each.session == session), None)

    def visitor(self) -> str:
        number = 1
        while self.named(f"visitante-{number}"):
            number += 1
        return f"visitante-{number}"

    # What happens.

    def answer(self, command: commands.Command, now: int) -> list[Told]:
        """Tell what a command must be answered with, and take note of what it changes."""
        self._out, self.now = [], now
        try:
            self._carry_out(command)
        except Refused as refused:
            self._reply(command.conn, "error", str(refused), getattr(command, "id", ""))
        return self._out

    def start(self, now: int, order: list[int]) -> list[Told]:
        """Tell what beginning to write must record, after a crash or not; ``order`` is that of the leaves."""
        self._out, self.now = [], now
        self._record("start", server="chatsimples test")
        for person in list(self.people.values()):
            if not person.introduced:
                self.doubtful.add(person.session)
                del self.people[person.conn]
        for person in sorted(
            self.people.values(), key=lambda each: order.index(each.conn) if each.rooms else -1
        ):
            self._depart(person, "crash")
        return self._out

    def stop(self, now: int) -> list[Told]:
        """Tell what a clean end must record."""
        self._out, self.now = [], now
        for person in list(self.people.values()):
            self._depart(person, "shutdown")
        self._record("stop")
        return self._out

    def _carry_out(self, command: commands.Command) -> None:  # noqa: C901, PLR0912 - one line a command
        person = self.people.get(command.conn)
        match command:
            case commands.Open():
                self._open(command, person)
            case commands.Kick(nick=nick):
                self._dismiss(self._must_be_there(nick), "kicked", "kicked")
            case commands.Bye() | commands.Close() if person is None:
                self._out.append(("end", command.conn))
            case _ if person is None:
                pass
            case commands.Bye():
                self._depart(person, "quit")
            case commands.Close(reason=reason):
                self._depart(person, reason)
            case commands.Silent(gone=True):
                self._dismiss(person, "timeout", "timeout")
            case commands.Silent():
                self._reply(person.conn, "ping", self.seq)
            case commands.Fault(fatal=True):
                self._dismiss(person, command.code, "error", command.id)
            case commands.Fault():
                self._reply(person.conn, "error", command.code, command.id)
            case commands.Hello():
                self._hello(command, person)
            case _ if not person.nick:
                raise Refused("not_registered")
            case commands.Say():
                self._say(command, person)
            case commands.SayAs():
                self._say_as(command, person)
            case commands.Join():
                self._join(command, person)
            case commands.Leave():
                self._go_out(person, self._own_room(person, command.room), "left", command.id)
            case commands.Rename():
                self._rename(command, person)
            case _:
                self._ask(command, person)

    def _open(self, command: commands.Open, visitor: Person | None) -> None:
        if visitor is not None:
            self._depart(visitor, "switched")
        person = self.people[command.conn] = Person(command.conn, command.dialect)
        self._out.append(("attach", command.conn, command.dialect))
        if command.dialect == "text":
            person.nick = self.visitor()
            self._reply(person.conn, "welcome", person.nick, self.seq, "", False, self.seq)
            self._enter(person, DEFAULT_ROOM)

    def _hello(self, command: commands.Hello, person: Person) -> None:
        if person.nick:
            raise Refused("already_registered")
        if self.max_rooms and len(command.rooms) > self.max_rooms:
            raise Refused("too_many_rooms")
        earlier = self.current(command.session)
        if earlier is not None and earlier.conn > person.conn:
            self._dismiss(person, "replaced", "replaced")
            return
        holder = self.named(command.nick)
        if holder is not None and holder is not earlier and not self._claims(command):
            raise Refused("nick_in_use")
        if earlier is not None:
            self._dismiss(earlier, "replaced", "replaced")
        elif holder is not None:
            self._take_name(holder, self.visitor(), reason="reclaimed")
        person.nick, person.session = command.nick, command.session
        self.held.pop(person.session, None)
        self.had.setdefault(person.session, []).append(person.conn)
        resumed = command.since_log == self.log and 0 <= command.since_seq <= self.seq
        after = command.since_seq if resumed else self.seq
        self._reply(person.conn, "welcome", person.nick, after, person.session, resumed, self.seq)
        rooms = {room.casefold(): room for room in command.rooms}
        if resumed:
            own = sorted({person.conn, *self.on_record.intersection(self.had[person.session])})
            self._out.append(("feed", person.conn, after, sorted(rooms), own))
        for room in rooms.values():
            self._enter(person, room)

    def _claims(self, command: commands.Hello) -> bool:
        held = self.held.get(command.session)
        if held is None or self.current(command.session) is not None or not _same(held.nick, command.nick):
            return False
        return self.now - held.since <= self.hold * SECOND

    def _say(self, command: commands.Say, person: Person) -> None:
        known = self.recorded.get((person.session, command.id)) if person.session and command.id else None
        if known is not None:
            self._reply(person.conn, "duplicate", command.id, known)
            return
        if command.to:
            to = self._must_be_there(command.to)
            where: dict[str, Any] = {"to": to.nick, "to_conn": to.conn}
        else:
            where = {"room": self.room_names[self._own_room(person, command.room)]}
        self._record("message", person, **where, text=command.text, id=command.id)
        if person.session and command.id:
            self.recorded[person.session, command.id] = self.seq

    def _say_as(self, command: commands.SayAs, person: Person) -> None:
        room, text = self.room_names[self._own_room(person, "")], command.text
        if not _same(command.nick, person.nick):
            if self.named(command.nick):
                self._reply(person.conn, "error", "nick_in_use", "")
                text = command.line
            else:
                self._take_name(person, command.nick)
        if text:
            self._record("message", person, room=room, text=text)

    def _join(self, command: commands.Join, person: Person) -> None:
        if command.room.casefold() in person.rooms:
            raise Refused("already_in_room")
        if command.alone:
            for key in list(person.rooms):
                self._go_out(person, key, "left")
        if self.max_rooms and len(person.rooms) >= self.max_rooms:
            raise Refused("too_many_rooms")
        self._enter(person, command.room, command.id)

    def _rename(self, command: commands.Rename, person: Person) -> None:
        if command.nick == person.nick:
            raise Refused("nick_unchanged")
        if self.named(command.nick) not in (None, person):
            raise Refused("nick_in_use")
        self._take_name(person, command.nick, id=command.id)

    def _ask(self, command: commands.Command, person: Person) -> None:
        match command:
            case commands.History():
                room = self._some_room(person, command.room)
                before = command.before if 0 < command.before <= self.seq else self.seq + 1
                self._out.append(("recall", person.conn, room, before, command.limit, command.id))
            case commands.Who():
                room = self._some_room(person, command.room)
                nicks = sorted(each.nick for each in self.inside(room.casefold()))
                self._reply(person.conn, "members", room, nicks, len(nicks), command.id)
            case commands.Rooms():
                sizes = [(name, len(self.inside(key))) for key, name in sorted(self.room_names.items())]
                self._reply(person.conn, "rooms", sizes, command.id)
            case commands.Ping():
                self._reply(person.conn, "pong", command.id)
            case commands.Help():
                self._reply(person.conn, "help")

    # Steps.

    def _own_room(self, person: Person, name: str) -> str:
        key = name.casefold() if name else next(iter(person.rooms), "")
        if key not in person.rooms:
            raise Refused("not_in_room")
        return key

    def _some_room(self, person: Person, name: str) -> str:
        key = name.casefold() if name else self._own_room(person, "")
        return self.room_names.get(key, name)

    def _must_be_there(self, nick: str) -> Person:
        person = self.named(nick)
        if person is None:
            raise Refused("no_such_nick")
        return person

    def _enter(self, person: Person, name: str, mark: str = "") -> None:
        key = name.casefold()
        shown = self.room_names.setdefault(key, name)
        quiet = self._quiet(len(self.inside(key)) + 1)
        self._record("join", person, room=shown, id=mark, quiet=quiet)
        person.rooms[key] = shown

    def _go_out(self, person: Person, key: str, reason: str, mark: str = "") -> None:
        quiet = self._quiet(len(self.inside(key)))
        self._record("leave", person, room=self.room_names[key], reason=reason, id=mark, quiet=quiet)
        del person.rooms[key]
        if not self.inside(key):
            del self.room_names[key]

    def _take_name(self, person: Person, new: str, **how: Any) -> None:
        if not person.rooms:
            self._record("nick", person, new=new, **how)
        for key, room in person.rooms.items():
            self._record("nick", person, new=new, room=room, quiet=self._quiet(len(self.inside(key))), **how)
        person.nick = new

    def _dismiss(self, person: Person, code: str, reason: str, mark: str = "") -> None:
        self._reply(person.conn, "error", code, mark)
        self._depart(person, reason)

    def _depart(self, person: Person, reason: str) -> None:
        silently = not person.rooms
        for key in list(person.rooms):
            self._go_out(person, key, reason)
        del self.people[person.conn]
        if person.session:
            self.held[person.session] = Held("" if reason == "quit" else person.nick, self.now)
            (self.doubtful.add if silently else self.doubtful.discard)(person.session)
        if reason != "switched":
            self._out.append(("end", person.conn))

    def _quiet(self, members: int) -> bool:
        return bool(self.quiet_room) and members > self.quiet_room

    def _reply(self, conn: int, *answer: Any) -> None:
        self._out.append(("reply", conn, *answer))

    def _record(self, kind: str, person: Person | None = None, **fields: Any) -> None:
        self.seq += 1
        record = {"seq": self.seq, "type": kind, **fields}
        if person is not None:
            record.update(conn=person.conn, nick=person.nick)
            if not person.introduced:
                record.update(dialect=person.dialect, identity=identity_of(person.session))
                person.introduced = True
                self.people[person.conn] = self.people.pop(person.conn)
                self.on_record.add(person.conn)
                self.doubtful.discard(person.session)
        self._out.append({name: value for name, value in record.items() if value})


def _same(nick: str, other: str) -> bool:
    return nick.casefold() == other.casefold()
