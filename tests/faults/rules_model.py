"""The rules once more, from docs/protocol.md, in sets and dicts: what each command must be answered with.

It knows the product's commands, as they are what goes in, and nothing of its state. What comes out is told in
plain tuples and dicts, as `told` makes them of the product's records and effects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from faults.rules_model_governing import PLAIN, SERVER_ROLES, Governing, Person, Refused

from chatsimples.chat import commands, effects
from chatsimples.chat.identities import identity_as, identity_of
from chatsimples.chat.records import Record

Told = tuple[Any, ...] | dict[str, Any]

DEFAULT_ROOM = "geral"
OPERATOR = 0
GOVERNING = (
    commands.Topic, commands.Set, commands.Grant, commands.Invite, commands.Kick, commands.Ban,
    commands.Unban, commands.Mute, commands.Exempt, commands.Announce,
)  # fmt: skip
SECOND = 1_000_000


def told(out: Iterable[Record | effects.Effect]) -> list[Told]:
    """Tell what the rules gave, without times, in plain things that can be compared."""
    return [_told(each) for each in out]


def _told(each: Record | effects.Effect) -> Told:
    match each:
        case Record():
            fields = msgspec.to_builtins(each)
            return {name: value for name, value in fields.items() if name != "at"}
        case effects.Reply(conn=conn, answer=answer):
            return ("reply", conn, *_answer(answer))
        case effects.Feed():
            return ("feed", each.conn, each.after, sorted(each.rooms), each.connections, each.identity)
        case effects.Recall():
            where = (each.before, each.after, each.at)
            return ("recall", each.conn, each.room, *where, each.limit, each.all, each.id)
        case effects.Measure():
            return ("measure", each.conn, each.connections, each.seq, each.id)
        case effects.Signal(conn=conn, record=record):
            fields = msgspec.to_builtins(record)
            return ("signal", conn, {name: value for name, value in fields.items() if name != "at"})
        case effects.Attach():
            return ("attach", each.conn, each.dialect)
        case effects.Transmit():
            return ("transmit", each.conn, each.data)
        case effects.Style() | effects.Survey() | effects.MarkRead():
            return (type(each).__name__.lower(), *msgspec.structs.astuple(each))
        case effects.Asked() | effects.Answered():
            return (type(each).__name__.lower(), each.conn, each.mark)
        case effects.End():
            return ("end", each.conn)


def _answer(answer: effects.Answer) -> tuple[Any, ...]:
    match answer:
        case effects.Error():
            return ("error", answer.code, answer.id)
        case effects.Welcome():
            who = (answer.nick, answer.account, answer.role)
            return ("welcome", *who, answer.seq, answer.session, answer.resumed, answer.head)
        case effects.Members():
            settings = None if answer.settings is None else {**PLAIN, **msgspec.to_builtins(answer.settings)}
            lists = [
                [(each.nick, each.by, each.until) for each in those] for those in (answer.bans, answer.mutes)
            ]
            charter = (answer.topic, settings, answer.keyed, answer.roles, *lists)
            return ("members", answer.room, sorted(answer.members), answer.count, answer.id, *charter)
        case effects.RoomList():
            return ("rooms", [(each.room, each.members) for each in answer.rooms], answer.id)
        case effects.Ping():
            return ("ping", answer.seq)
        case effects.Pong():
            return ("pong", answer.id)
        case effects.Duplicate():
            return ("duplicate", answer.id, answer.seq)
        case effects.IsAway():
            return ("is away", answer.nick, answer.text)
        case effects.CommandList():
            return ("help",)
        case effects.About():
            return ("about", answer.room, answer.topic)
    raise AssertionError(f"rules never answer with {answer}")


@dataclass
class Held:
    """The nick of a session that is gone, which can claim it unless it has said goodbye."""

    nick: str
    since: int
    claimable: bool


class Model(Governing):
    """See the module.

    Args:
        log: the log's id.

    Attributes:
        people: who is registered, by connection, in the order in which they came.
        limits: as the last start tells them, in plain things.
        recorded: where the messages of a session are on record, by identity and id.
    """

    def __init__(self, log: str) -> None:
        super().__init__()
        self.log = log
        self.limits: dict[str, Any] = {}
        self.guests_govern = False
        self.seq = 0
        self.now = 0
        self.people = {}
        self.recorded: dict[tuple[str, str], int] = {}
        self.room_names = {}
        self._held: dict[str, Held] = {}
        self._signalled: set[tuple[int, int, int | str]] = set()
        self._out: list[Told] = []

    def answer(self, command: commands.Command, now: int) -> list[Told]:
        """Tell what a command must be answered with, and take note of what it changes."""
        self._out, self.now = [], now
        try:
            self._carry_out(command, self.people.get(command.conn))
        except Refused as refused:
            self.reply(command.conn, "error", str(refused), getattr(command, "id", ""))
        return self._out

    def named(self, nick: str) -> Person | None:
        """Return who has a nick."""
        return next((each for each in self.people.values() if _same(each.nick, nick)), None)

    def last_nick(self, session: str) -> str:
        """Return what a guest's session is called, or was; nothing, if it never came."""
        identity = identity_of(session)
        current, held = self._current(identity), self._held.get(identity)
        return current.nick if current else held.nick if held else ""

    def _carry_out(self, command: commands.Command, person: Person | None) -> None:
        match command:
            case commands.Start() | commands.Stop() | commands.AccountChanged() if command.conn != OPERATOR:
                raise Refused("not_permitted")
            case commands.Start() | commands.Stop() | commands.AccountChanged():
                self._operate(command)
            case commands.Open():
                self._open(command, person)
            case commands.Hello():
                self._hello(command, person)
            case commands.Bye() | commands.Close() | commands.Silent() | commands.Fault():
                self._end_or_warn(command, person)
            case _ if person is None and (command.conn != OPERATOR or not isinstance(command, GOVERNING)):
                raise Refused("not_registered")
            case _ if isinstance(command, GOVERNING):
                self.govern(person, command)
            case _ if person is None:
                raise Refused("not_registered")
            case (
                commands.History() | commands.Who() | commands.Rooms() | commands.Ping() | commands.Help()
                | commands.Status()
            ):  # fmt: skip
                self._ask(command, person)
            case _:
                self._act(command, person)

    def _operate(self, command: commands.Start | commands.Stop | commands.AccountChanged) -> None:
        match command:
            case commands.Start():
                self.limits = msgspec.to_builtins(command.limits)
                self._signalled.clear()
                self.guests_govern = command.limits.guest_rooms == "owned"
                self.record("start", server=command.server, limits=self.limits)
                self._everybody_goes("crash")
            case commands.Stop():
                self._everybody_goes("shutdown")
                self.record("stop")
            case commands.AccountChanged():
                self.change_account(command)

    def _everybody_goes(self, reason: str) -> None:
        for person in list(self.people.values()):
            self.depart(person, reason)

    # Who comes, and who goes.

    def _open(self, command: commands.Open, visitor: Person | None) -> None:
        if visitor is not None:
            self.depart(visitor, "switched")
        self._out.append(("attach", command.conn, command.dialect))
        if command.visitor:
            person = Person(command.conn, self._visitor(), command.dialect)
            self._welcome(person, self.seq, resumed=False)
            self._arrive(person, [DEFAULT_ROOM])

    def _hello(self, command: commands.Hello, registered: Person | None) -> None:
        if registered is not None:
            raise Refused("already_registered")
        if self.limits["max_rooms"] and len(command.rooms) > self.limits["max_rooms"]:
            raise Refused("too_many_rooms")
        person = Person(
            command.conn, command.nick, command.dialect, command.session, command.account, command.role,
            user=command.user, realname=command.realname,
        )  # fmt: skip
        earlier = self._current(person.identity)
        if earlier is not None and earlier.conn > command.conn:
            self.reply(command.conn, "error", "replaced", "")
            self._out.append(("end", command.conn))
            return
        off = self.kept_off(person)
        if off:
            self.reply(person.conn, "error", "banned", "")
            self._out += [("end", person.conn)] if off == "all" else []
            return
        holder = self.named(command.nick)
        if holder is not None and holder is not earlier and not self._claims(person):
            # Whoever is logged in, and no older connection, gets the name from anybody who is not.
            own = person.account.casefold()
            is_due = own and own == person.nick.casefold() and holder.account.casefold() != own
            if earlier is not None or not is_due:
                raise Refused("nick_in_use")
        if earlier is not None:
            self._dismiss(earlier, "replaced", "replaced")
        elif holder is not None:
            self._take_name(holder, self._visitor(), reason="reclaimed")
        self._held.pop(person.identity, None)
        resumed = command.since_log == self.log and 0 <= command.since_seq <= self.seq
        after = command.since_seq if resumed else self.seq
        refused = [
            self.why_not_enter(person, r.casefold(), command.keys.get(r.casefold(), ""))
            for r in command.rooms
        ]
        self._welcome(person, after, resumed=resumed)
        asked = zip(command.rooms, refused, strict=True)
        rooms = {room.casefold(): room for room, code in asked if not code}
        if resumed:
            # No connection of before is named: what was said to it is known by the session's identity.
            self._out.append(("feed", person.conn, after, sorted(rooms), (), person.identity))
        self._arrive(person, rooms.values())
        for code in refused:
            if code:
                self.reply(person.conn, "error", code, "")

    def _end_or_warn(
        self,
        command: commands.Bye | commands.Close | commands.Silent | commands.Fault,
        person: Person | None,
    ) -> None:
        word = command.text if isinstance(command, commands.Bye) else ""
        match command:
            case commands.Bye():
                reason = "quit"
            case commands.Close():
                reason = command.reason
            case commands.Silent():
                answer = ("error", "timeout", "") if command.gone else ("ping", self.seq)
                self.reply(command.conn, *answer)
                reason = "timeout" if command.gone else ""
            case commands.Fault():
                self.reply(command.conn, "error", command.code, command.id)
                reason = "error" if command.fatal else ""
        if reason and person is not None:
            self.depart(person, reason, word)
        elif reason:
            self._out.append(("end", command.conn))

    def _current(self, identity: str) -> Person | None:
        return next((each for each in self.people.values() if identity and each.identity == identity), None)

    def _claims(self, person: Person) -> bool:
        held = self._held.get(person.identity)
        if held is None or not held.claimable or not _same(held.nick, person.nick):
            return False
        if not self.limits["nick_hold"]:
            return False
        return bool(self.now - held.since <= self.limits["nick_hold"] * SECOND)

    def _visitor(self) -> str:
        number = 1
        while self.named(f"visitante-{number}"):
            number += 1
        return f"visitante-{number}"

    # What somebody does who is there.

    def _act(self, command: commands.Command, person: Person) -> None:
        match command:
            case commands.Say():
                self._say(command, person)
            case commands.SayAs():
                self._say_as(command, person)
            case commands.Join():
                self._join(command, person)
            case commands.Leave():
                key = self._own_room(person, command.room)
                self.go_out(person, key, "left", command.id, **self._word(person, key, command.text))
            case commands.Rename():
                self._rename(command, person)
            case commands.Login():
                self.log_in(person, command)
            case commands.Lines():
                self._say_lines(command, person)
            case commands.Signal():
                self._signal(command, person)
            case commands.Away():
                self._be_away(command, person)
            case commands.SetName():
                self._must_be_heard(person)
                person.realname = command.realname
                self._tell_rooms("setname", person, id=command.id, realname=command.realname)

    def _say(self, command: commands.Say, person: Person) -> None:
        if self._is_known(command.id, person):
            return
        where, to = self._for_whom(command, person)
        kind = "message" if command.text else "tags"
        said = {"text": command.text, "id": command.id, "kind": command.kind}
        self.record(kind, person, tags=command.tags, **said, **where)
        self._remember(command.id, person)
        if to is not None and to.away and command.text and command.kind != "notice":
            self.reply(person.conn, "is away", to.nick, to.away)

    def _say_lines(self, command: commands.Lines, person: Person) -> None:
        if self._is_known(command.id, person):
            return
        where, to = self._for_whom(command, person)
        count = len(command.lines)
        for number, line in enumerate(command.lines):
            part: dict[str, Any] = {"kind": command.kind, "part": number + 1, "parts": count}
            if number == 0:
                part["tags"] = command.tags
            if number == count - 1:
                part["id"] = command.id
            self.record("message", person, text=line.text, joined=line.joined, **part, **where)
        self._remember(command.id, person)
        if to is not None and to.away and command.kind != "notice":
            self.reply(person.conn, "is away", to.nick, to.away)

    def _is_known(self, mark: str, person: Person) -> bool:
        known = self.recorded.get((person.identity, mark)) if person.identity and mark else None
        if known is not None:
            self.reply(person.conn, "duplicate", mark, known)
        return known is not None

    def _remember(self, mark: str, person: Person) -> None:
        if person.identity and mark:
            self.recorded[person.identity, mark] = self.seq

    def _for_whom(
        self, command: commands.Say | commands.Lines | commands.Signal, person: Person
    ) -> tuple[dict[str, Any], Person | None]:
        """Return what a record says of for whom it is, and who that is, if it is one person."""
        if not command.to:
            key = self._room_that_hears(person, command.room)
            self.must_speak(person, key)
            return {"room": self.room_names[key]}, None
        self.must_speak(person)
        to = self._holder(command.to)
        whose = {"identity": person.identity, "to_identity": to.identity}
        return {"to": to.nick, "to_conn": to.conn, **whose}, to

    def _signal(self, command: commands.Signal, person: Person) -> None:
        where, to = self._for_whom(command, person)
        if to is None and self._quiet(len(self._inside(where["room"].casefold()))):
            return
        # Of another second nothing is known any more.
        second = self.now // SECOND
        self._signalled = {each for each in self._signalled if each[0] == second}
        given = (second, person.conn, to.conn if to else where["room"])
        if given in self._signalled:
            return
        self._signalled.add(given)
        signal = {"seq": self.seq, "type": "signal", "conn": person.conn, "nick": person.nick}
        signal |= {"tags": command.tags, **where}
        self._out.append(("signal", person.conn, {name: value for name, value in signal.items() if value}))

    def _be_away(self, command: commands.Away, person: Person) -> None:
        if command.text:
            self._must_be_heard(person)
        elif not person.away:
            raise Refused("not_away")
        person.away = command.text
        self._tell_rooms("away", person, id=command.id, text=command.text)

    def _must_be_heard(self, person: Person) -> None:
        for key in ("", *person.rooms):
            self.must_not_be_muted(person, key)

    def _tell_rooms(self, kind: str, person: Person, **fields: Any) -> None:
        if not person.rooms:
            self.record(kind, person, **fields)
        for key, room in person.rooms.items():
            self.record(kind, person, room=room, quiet=self._quiet(len(self._inside(key))), **fields)

    def _say_as(self, command: commands.SayAs, person: Person) -> None:
        key, text = self._own_room(person, ""), command.text
        room = person.rooms[key]
        self.must_speak(person, key)
        if not _same(command.nick, person.nick):
            is_banned = self.is_banned_nick(person, command.nick)
            if self.named(command.nick) or is_banned:
                code = "nick_in_use" if self.named(command.nick) else "banned"
                self.reply(person.conn, "error", code, "")
                text = command.line
            else:
                self._take_name(person, command.nick)
        if text:
            self.record("message", person, room=room, text=text)

    def _join(self, command: commands.Join, person: Person) -> None:
        key = command.room.casefold()
        if key in person.rooms:
            raise Refused("already_in_room")
        if code := self.why_not_enter(person, key, command.key):
            raise Refused(code)
        if command.alone:
            for key in list(person.rooms):
                self.go_out(person, key, "left")
        if self.limits["max_rooms"] and len(person.rooms) >= self.limits["max_rooms"]:
            raise Refused("too_many_rooms")
        self._enter(person, command.room, command.id)

    def _rename(self, command: commands.Rename, person: Person) -> None:
        if command.nick == person.nick:
            raise Refused("nick_unchanged")
        for key in ("", *person.rooms):
            self.must_not_be_muted(person, key)
        holder = self.named(command.nick)
        # The name of an account is given up to it.
        own = person.account.casefold()
        is_due = own and own == command.nick.casefold()
        if holder not in (None, person) and not (is_due and holder.account.casefold() != own):
            raise Refused("nick_in_use")
        if self.is_banned_nick(person, command.nick):
            raise Refused("banned")
        if holder not in (None, person):
            self._take_name(holder, self._visitor(), reason="reclaimed")
        self._take_name(person, command.nick, id=command.id)

    def _ask(self, command: commands.Command, person: Person) -> None:
        match command:
            case commands.History():
                room = self._some_room(person, command.room)
                before = command.before if 0 < command.before <= self.seq else self.seq + 1
                if not self.sees(person, room.casefold()):
                    room, before = command.room, 1
                elif code := self.why_not_read(person, room.casefold()):
                    raise Refused(code)
                asked = (before, command.after, command.at, command.limit, command.all, command.id)
                self._out.append(("recall", person.conn, room, *asked))
            case commands.Status():
                if person.server_level < SERVER_ROLES["admin"]:
                    raise Refused("not_permitted")
                dialects = dict(Counter(each.dialect for each in self.people.values()))
                self._out.append(("measure", person.conn, dialects, self.seq, command.id))
            case commands.Who():
                room = self._some_room(person, command.room)
                key = room.casefold()
                if not self.sees(person, key):
                    nothing: tuple[Any, ...] = ("", None, False, {}, [], [])
                    self.reply(person.conn, "members", command.room, [], 0, command.id, *nothing)
                    return
                if code := self.why_not_read(person, key):
                    raise Refused(code)
                nicks = sorted(each.nick for each in self._inside(key))
                more = self.told_of(person, key, nicks)
                self.reply(person.conn, "members", room, nicks, len(nicks), command.id, *more)
            case commands.Rooms():
                # Secret ones are told to those who are in them, and to admins.
                sizes = [
                    (name, len(self._inside(key)))
                    for key, name in sorted(self.room_names.items())
                    if key not in self.charters
                    or not self.charters[key].settings["secret"]
                    or key in person.rooms
                    or person.server_level >= 4
                ]
                self.reply(person.conn, "rooms", sizes, command.id)
            case commands.Ping():
                self.reply(person.conn, "pong", command.id)
            case commands.Help():
                self.reply(person.conn, "help")

    # Steps.

    def _inside(self, key: str) -> list[Person]:
        return [each for each in self.people.values() if key in each.rooms]

    def _own_room(self, person: Person, name: str) -> str:
        key = name.casefold() if name else next(iter(person.rooms), "")
        if key not in person.rooms:
            raise Refused("not_in_room")
        return key

    def _room_that_hears(self, person: Person, name: str) -> str:
        key = name.casefold()
        charter = self.charters.get(key)
        if key in person.rooms or charter is None or not charter.settings["outsiders"]:
            return self._own_room(person, name)
        if code := self.why_not_enter(person, key, ""):
            raise Refused(code)
        return key

    def _some_room(self, person: Person, name: str) -> str:
        key = name.casefold() if name else self._own_room(person, "")
        return self.room_names.get(key, name)

    def _arrive(self, person: Person, rooms: Iterable[str]) -> None:
        account = {"account": person.account, "role": person.role}
        names = {"user": person.user, "realname": person.realname}
        self.record("hello", person, dialect=person.dialect, identity=person.identity, **account, **names)
        self.people[person.conn] = person
        for room in rooms:
            self._enter(person, room)

    def _enter(self, person: Person, name: str, mark: str = "") -> None:
        key = name.casefold()
        is_new = key not in self.room_names
        shown = self.room_names.setdefault(key, name)
        self.record("join", person, room=shown, id=mark, quiet=self._quiet(len(self._inside(key)) + 1))
        person.rooms[key] = shown
        if topic := self.topic_of(key):
            self.reply(person.conn, "about", shown, topic)
        if is_new and (person.account or self.guests_govern) and key != DEFAULT_ROOM:
            self.found(person, key)

    def go_out(self, person: Person, key: str, reason: str, mark: str = "", **how: Any) -> None:
        quiet = self._quiet(len(self._inside(key)))
        self.record("leave", person, room=person.rooms.pop(key), reason=reason, id=mark, quiet=quiet, **how)
        self.leaves(person, key, reason)
        self.forget_if_empty(key)

    def _take_name(self, person: Person, new: str, **how: Any) -> None:
        if not person.rooms:
            self.record("nick", person, new=new, **how)
        for key, room in person.rooms.items():
            self.record("nick", person, new=new, room=room, quiet=self._quiet(len(self._inside(key))), **how)
        person.nick = new

    def _dismiss(self, person: Person, code: str, reason: str) -> None:
        self.reply(person.conn, "error", code, "")
        self.depart(person, reason)

    def depart(self, person: Person, reason: str, word: str = "", **by: Any) -> None:
        for key in list(person.rooms):
            self.go_out(person, key, reason, **self._word(person, key, word))
        self.record("bye", person, reason=reason, **({"text": word} if word else {}), **by)
        del self.people[person.conn]
        if person.identity:
            self._held[person.identity] = Held(person.nick, self.now, claimable=reason != "quit")
        if reason != "switched":
            self._out.append(("end", person.conn))

    def renew(self, person: Person) -> str:
        """Let the session of a guest who was logged in be the account's; return what it is called."""
        new = identity_as(person.identity, person.account)
        if self._current(new) is not None:
            new = identity_as(f"{new} {person.conn}", person.account)
        for (whose, mark), seq in list(self.recorded.items()):
            if whose == person.identity:
                del self.recorded[whose, mark]
                self.recorded[new, mark] = seq
        self._held.pop(new, None)
        person.identity = new
        return new

    def _word(self, person: Person, key: str, text: str) -> dict[str, str]:
        """Return the word with which somebody leaves a room, if they may speak there."""
        try:
            self.must_speak(person, key)
        except Refused:
            return {}
        return {"text": text} if text else {}

    def _quiet(self, members: int) -> bool:
        return bool(0 < self.limits["quiet_room"] < members)

    def _welcome(self, person: Person, after: int, *, resumed: bool) -> None:
        who = (person.nick, person.account, person.role)
        self.reply(person.conn, "welcome", *who, after, person.session, resumed, self.seq)

    def reply(self, conn: int, *answer: Any) -> None:
        self._out.append(("reply", conn, *answer))

    def record(self, type_: str, /, person: Person | None = None, nick: str = "", **fields: Any) -> None:
        self.seq += 1
        record = {"seq": self.seq, "type": type_, **fields, "nick": nick}
        if person is not None:
            record |= {"conn": person.conn, "nick": person.nick}
        self._out.append({name: value for name, value in record.items() if value})


def _same(nick: str, other: str) -> bool:
    return nick.casefold() == other.casefold()
