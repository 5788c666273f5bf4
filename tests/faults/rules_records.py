"""What the records of a chat must tell by themselves, whoever made them: written from docs/protocol.md.

It is told them command by command, as neighbours are of one command, and knows nothing but them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from msgspec import UNSET

from chatsimples.chat.records import Record, from_line, timestamp, to_line

_WITHOUT_A_CONNECTION = {"start", "stop"}
_QUIET = {"join", "leave", "nick", "away", "setname"}
_SAID = {"message", "tags"}
_TOLD = {"away", "setname"}
_GOVERNING = {"topic", "set", "role", "invite", "ban", "unban", "mute", "exempt", "admit"}


@dataclass
class Stay:
    """A connection between its hello and its bye.

    Attributes:
        rooms: the keys of those that it is in.
        account, role: as which it is logged in, and what that is on the server.
        renaming: the rooms that have not been told yet of its change of nick.
        old_nick: what it was called before that change.
        ending: the reason of its end, once a leave has told it.
        user, realname, away: what it tells of itself.
        telling: the rooms that have not been told yet what it tells of itself.
    """

    nick: str
    dialect: str
    identity: str
    rooms: set[str] = field(default_factory=set)
    account: str = ""
    role: str = ""
    renaming: set[str] = field(default_factory=set)
    old_nick: str = ""
    ending: str = ""
    user: str = ""
    realname: str = ""
    away: str = ""
    telling: set[str] = field(default_factory=set)


class RecordChecks:
    """Follows the records, and objects to what can't be.

    Args:
        seq: of the last record before those that it is told.
        there: the connections that are there then.

    Attributes:
        there: the connections that are there, by number.
        quiet_room: as the last start tells it.
    """

    def __init__(self, seq: int = 0, there: Mapping[int, Stay] = MappingProxyType({})) -> None:
        self.there = dict(there)
        self.quiet_room = 0
        self._hear_outsiders: set[str] = set()
        self._seq = seq
        # The line before, if it is one of a message of several that goes on.
        self._line: Record | None = None

    def told(self, records: Sequence[Record], now: int) -> None:
        """Check the records of one command, or the first of them, at its time.

        Raises:
            AssertionError: they tell what can't be.
        """
        for record in records:
            assert self._seq + 1 == record.seq
            self._seq = record.seq
            assert timestamp(now) == record.at
            assert record == from_line(to_line(record))
            self._check_who(record)
            self._check_quiet(record)
            self._check_line(record)
            self._follow(record)

    def command_is_done(self) -> None:
        """Check that nothing is left half done: no end, and no change of nick.

        Raises:
            AssertionError: something is.
        """
        for conn, stay in self.there.items():
            assert not stay.ending, f"{conn} has left with {stay.ending} and has no bye"
            assert not stay.renaming, f"{conn} is {stay.nick}, and {stay.renaming} were not told"
            assert not stay.telling, f"{conn} has told of itself, and {stay.telling} have not heard it"
        assert self._line is None, "a message of several lines is not whole"

    def inside(self, key: str) -> int:
        """Tell how many are in a room."""
        return sum(key in stay.rooms for stay in self.there.values())

    def _check_who(self, record: Record) -> None:
        if record.type in _WITHOUT_A_CONNECTION:
            assert (0, "") == (record.conn, record.nick)
            return
        self._check_by(record)
        if record.type == "announcement":
            assert (0, "", "") == (record.conn, record.nick, record.room)
            return
        assert bool(record.dialect) == (record.type == "hello")
        if record.type in _GOVERNING and not record.conn:
            return
        if record.type == "hello":
            assert record.conn not in self.there
            return
        stay = self.there[record.conn]
        assert record.nick == (stay.old_nick if stay.renaming else stay.nick)
        assert record.type in {"leave", "bye"} or not stay.ending, "it is ending"
        assert record.type == "nick" or not stay.renaming, "it is being renamed"
        assert record.type in _TOLD or not stay.telling, "it is telling of itself"
        private = record.type in _SAID and bool(record.to)
        to = self.there[record.to_conn] if private else None
        assert record.to == (to.nick if to else "")
        whose = (stay.identity, to.identity) if to else ("", "")
        if record.type == "login" and stay.account.casefold() != record.account.casefold():
            # A guest's secret, which others may know, is worth nothing any more.
            assert bool(stay.identity) == bool(record.identity) != (stay.identity == record.identity)
            whose = (record.identity, "")
        assert whose == (record.identity, record.to_identity)

    def _check_by(self, record: Record) -> None:
        """Check that whoever did it is there, and in the room."""
        removes = record.type in {"leave", "bye"} and record.reason in {"kicked", "banned"}
        assert record.by or not (record.by_conn or record.by_account)
        does = record.type in _GOVERNING or record.type == "announcement"
        assert not record.by or removes or does
        assert record.by or not does
        # Of the leaves of whoever is removed from the server only the bye tells by whom.
        # Who shows by a login that a banned account is theirs, is removed by nobody.
        assert record.by or record.type != "bye" or not removes or record.reason == "banned"
        if not record.by_conn:
            assert record.by in {"", "*"}
            return
        by = self.there[record.by_conn]
        assert (by.nick, by.account) == (record.by, record.by_account)
        assert not record.room or record.room.casefold() in by.rooms, "who did it is not in the room"

    def _check_line(self, record: Record) -> None:
        """Check that the lines of a message are neighbours, that the first has its tags, the last its id."""
        before, self._line = self._line, None
        if record.type == "start":
            return
        assert (before.part + 1 if before else record.parts and 1) == record.part
        if before is not None:
            same = (before.conn, before.room, before.to, before.kind, before.parts)
            assert same == (record.conn, record.room, record.to, record.kind, record.parts)
        if record.part:
            assert record.type == "message"
            assert record.part == 1 or record.tags is None
            assert record.part == record.parts or not record.id
            self._line = record if record.part < record.parts else None

    def _check_quiet(self, record: Record) -> None:
        if record.type in {"invite", "set"}:
            settings = record.settings
            is_proof = settings is not None and settings.key is not UNSET
            assert record.quiet == (record.type == "invite" or is_proof)
            return
        members = self.inside(record.room.casefold()) + (record.type == "join")
        large = 0 < self.quiet_room < members
        assert record.quiet == (large and bool(record.room) and record.type in _QUIET)

    def _follow(self, record: Record) -> None:
        if record.type == "start":
            self._start(record)
        elif record.type == "hello":
            self.there[record.conn] = Stay(
                record.nick, record.dialect, record.identity, account=record.account, role=record.role,
                user=record.user, realname=record.realname,
            )  # fmt: skip
        elif record.type == "announcement":
            assert record.text
        elif record.type in _GOVERNING and (record.room or record.type != "role"):
            assert record.type != "invite" or record.room.casefold() not in self.there[record.conn].rooms
            if record.settings is not None and record.settings.outsiders is True:
                # Those whom nobody hears any more the model refuses; here it is enough that it was ever so.
                self._hear_outsiders.add(record.room.casefold())
        elif record.conn:
            self._follow_one(record, self.there[record.conn], record.room.casefold())
        else:
            assert not self.there, "it has stopped, and somebody is there"

    def _start(self, record: Record) -> None:
        assert record.limits is not None
        self.quiet_room = record.limits.quiet_room
        for stay in self.there.values():
            # What a crash has cut in the middle stays as it is.
            stay.ending, stay.renaming, stay.telling = "", set(), set()

    def _follow_one(self, record: Record, stay: Stay, key: str) -> None:
        match record.type:
            case "join":
                assert key not in stay.rooms
                stay.rooms.add(key)
            case "leave":
                stay.rooms.remove(key)
                if record.reason != "left" and not record.by:
                    assert record.reason == (stay.ending or record.reason), "it ends for two reasons"
                    stay.ending = record.reason
            case "login" | "role":
                stay.account, stay.role = record.account, record.role
                stay.identity = record.identity or stay.identity
            case "bye":
                assert not stay.rooms, "it is still in a room"
                assert record.reason == (stay.ending or record.reason), "it ends for two reasons"
                del self.there[record.conn]
            case "nick" if stay.renaming:
                assert stay.nick == record.new
                stay.renaming.remove(key)
            case "nick":
                assert bool(key) == bool(stay.rooms)
                stay.old_nick, stay.nick = stay.nick, record.new
                stay.renaming = stay.rooms - {key}
            case "away" | "setname":
                self._follow_telling(record, stay, key)
            case "message" | "tags":
                assert bool(record.to) != bool(key)
                assert not key or key in stay.rooms or key in self._hear_outsiders
                assert record.text or record.parts or (record.type == "tags" and record.tags)

    def _follow_telling(self, record: Record, stay: Stay, key: str) -> None:
        told = record.text if record.type == "away" else record.realname
        if stay.telling:
            stay.telling.remove(key)
            assert told == (stay.away if record.type == "away" else stay.realname)
            return
        assert bool(key) == bool(stay.rooms)
        stay.telling = stay.rooms - {key}
        if record.type == "away":
            assert told or stay.away, "it was not away"
            stay.away = told
        else:
            assert told
            stay.realname = told
