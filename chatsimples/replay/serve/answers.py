"""What listeners ask, and what a recorded chat answers: who is there, what was said, and no to the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from chatsimples import __version__
from chatsimples.chat import commands, effects
from chatsimples.chat.commands import Command
from chatsimples.chat.names import name_key
from chatsimples.dialects.base import Dialect
from chatsimples.errors import Refusal
from chatsimples.i18n import N_, Translate
from chatsimples.replay.serve.broadcast import Broadcast
from chatsimples.replay.serve.hearing import Hearing
from chatsimples.transcript.history import HistorySearch
from chatsimples.transcript.reader import TranscriptReader

BEGINS_AGAIN = N_("the recorded chat begins again")
HAS_ENDED = N_("the recorded chat has ended")

_MEMBERS_TOLD = 1_000
_ROOMS_HEARD = 1_000
_SERVER = f"chatsimples {__version__} replay"


class Seat:
    """A listener's place: what it is called, and what it hears.

    Attributes:
        dialect: what it speaks.
        nick: empty before it has said hello.
        hearing: None before that too.
        round: in which of the broadcast's rounds it is.
        recall: what is looked for on its behalf, and the question.
        over: whether it is to be closed when all of this is sent.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.nick = ""
        self.hearing: Hearing | None = None
        self.round = 0
        self.recall: tuple[HistorySearch, commands.History, str] | None = None
        self.over = False
        self.told_of_end = False


class Desk:
    """Answers all listeners of a broadcast.

    Args:
        broadcast: the chat.
        reader: of its transcript.
        room: the room that plain text hears at first.
        translate: for plain text.
    """

    def __init__(
        self, broadcast: Broadcast, reader: TranscriptReader, room: str, translate: Translate
    ) -> None:
        self.broadcast = broadcast
        self._reader = reader
        self._room = room
        self._translate = translate

    def seat(self, dialect: Dialect, number: int) -> tuple[Seat, bytes]:
        """Give a place to whoever speaks a dialect: plain text hears at once."""
        seat = Seat(dialect)
        if dialect.registers:
            return seat, b""
        seat.nick = f"ouvinte-{number}"
        rooms = {name_key(self._room): self._room}
        self._listen(seat, self.broadcast.seq, rooms)
        return seat, dialect.reply(self._welcome(seat.nick, self.broadcast.seq, "", resumed=False))

    def answer(self, seat: Seat, command: Command) -> bytes:
        """Do what is asked, and give what is to be said to it."""
        try:
            return self._answer(seat, command)
        except Refusal as refusal:
            mark = getattr(command, "id", "")
            return seat.dialect.reply(effects.Error(refusal.code, refusal.detail, mark))

    def go_on(self, seat: Seat) -> bytes:
        """Give what comes next: what has happened, or what was looked for; nothing if there is no more.

        Raises:
            ChatSimplesError: the transcript can't be read.
        """
        return self._recalled(seat) or self._heard(seat)

    def is_idle(self, seat: Seat) -> bool:
        """Tell whether it has all that there is by now."""
        if seat.hearing is None:
            return True
        up_to_now = seat.round == self.broadcast.round and seat.hearing.has_heard(self.broadcast.seq)
        return up_to_now and seat.recall is None

    def _heard(self, seat: Seat) -> bytes:
        if seat.hearing is None:
            return b""
        until = self.broadcast.until(seat.round)
        data = seat.hearing.take(until)
        if not seat.hearing.has_heard(until):
            return data
        if seat.round != self.broadcast.round:
            return data + self._begin_again(seat, seat.hearing)
        if self.broadcast.ended and not seat.told_of_end:
            seat.told_of_end = True
            return data + seat.dialect.notice(self._translate(HAS_ENDED))
        return data

    def _begin_again(self, seat: Seat, hearing: Hearing) -> bytes:
        if seat.dialect.resumes:
            # A seq never comes twice to those who know it: it has to begin anew.
            seat.over = True
            seat.hearing = None
            return b""
        seat.round = self.broadcast.round
        seat.hearing = Hearing(self._reader, self.broadcast.start_seq, seat.dialect, hearing.rooms)
        return seat.dialect.notice(self._translate(BEGINS_AGAIN))

    def _recalled(self, seat: Seat) -> bytes:
        if seat.recall is None:
            return b""
        recall, asked, room = seat.recall
        if not recall.step():
            return b""
        seat.recall = None
        end = effects.HistoryEnd(room, recall.complete, recall.next_before, asked.id)
        return b"".join(
            [seat.dialect.render(record, line) for record, line in recall.found]
        ) + seat.dialect.reply(end)

    # The commands.

    def _answer(self, seat: Seat, command: Command) -> bytes:
        reply = seat.dialect.reply
        match command:
            case commands.Hello():
                return self._hello(seat, command)
            case commands.Fault():
                seat.over = seat.over or command.fatal
                return reply(effects.Error(command.code, command.detail, command.id))
            case commands.Bye():
                seat.over = True
                return b""
        hearing = seat.hearing
        if hearing is None:
            raise Refusal("not_registered")
        match command:
            case commands.Join():
                return self._join(seat, hearing, command)
            case commands.Leave():
                self._leave(hearing, command)
            case commands.History():
                self._history(seat, hearing, command)
                return b""
            case commands.Who():
                name = self._name_of(command.room or _first(hearing.rooms))
                return reply(self._members(name, command.id))
            case commands.Rooms():
                return reply(self._rooms(command.id))
            case commands.Ping():
                return reply(effects.Pong(command.id))
            case commands.Help():
                return reply(effects.CommandList())
        raise Refusal("read_only")

    def _hello(self, seat: Seat, hello: commands.Hello) -> bytes:
        if seat.nick:
            raise Refusal("already_registered")
        rooms = {name_key(room): room for room in hello.rooms}
        if len(rooms) > _ROOMS_HEARD:
            raise Refusal("too_many_rooms", limit=_ROOMS_HEARD)
        seat.nick = hello.nick
        resumed = hello.since_log == self.broadcast.log and 0 <= hello.since_seq <= self.broadcast.seq
        after = hello.since_seq if resumed else self.broadcast.seq
        self._listen(seat, after, rooms)
        return seat.dialect.reply(self._welcome(hello.nick, after, hello.session, resumed=resumed))

    def _listen(self, seat: Seat, after: int, rooms: dict[str, str]) -> None:
        seat.round = self.broadcast.round
        seat.hearing = Hearing(self._reader, after, seat.dialect, rooms)

    def _welcome(self, nick: str, after: int, session: str, *, resumed: bool) -> effects.Welcome:
        # No record will tell that it has caught up, as its coming is on no record: so nothing is said to be
        # ahead of it.
        return effects.Welcome(nick, self.broadcast.log, after, session, resumed, after, _SERVER)

    def _join(self, seat: Seat, hearing: Hearing, command: commands.Join) -> bytes:
        if command.alone:
            hearing.rooms.clear()
        if len(hearing.rooms) >= _ROOMS_HEARD:
            raise Refusal("too_many_rooms", limit=_ROOMS_HEARD)
        room = self._name_of(command.room)
        hearing.rooms[name_key(room)] = room
        if not seat.dialect.registers:
            return seat.dialect.reply(self._members(room, command.id))
        # There is no record of it, which would be the answer. But this is one too, and it is true.
        raise Refusal("already_in_room", room=room)

    def _leave(self, hearing: Hearing, command: commands.Leave) -> NoReturn:
        # The same: from here on it is not in the room.
        hearing.rooms.pop(name_key(command.room), None)
        raise Refusal("not_in_room", room=command.room)

    def _history(self, seat: Seat, hearing: Hearing, command: commands.History) -> None:
        room = self._name_of(command.room or _first(hearing.rooms))
        now = self.broadcast.seq
        before = command.before if 0 < command.before <= now else now + 1
        seat.recall = HistorySearch(self._reader, name_key(room), before, command.limit), command, room

    def _members(self, room: str, mark: str) -> effects.Members:
        found = self.broadcast.state.rooms.get(name_key(room))
        present = list(found.members.values()) if found else []
        told = sorted(member.nick for member in present[:_MEMBERS_TOLD])
        return effects.Members(room, told, len(present), mark)

    def _rooms(self, mark: str) -> effects.RoomList:
        rooms = sorted(self.broadcast.state.rooms.items())
        return effects.RoomList(
            [effects.RoomSize(room.name, len(room.members)) for _, room in rooms[:_MEMBERS_TOLD]], mark
        )

    def _name_of(self, room: str) -> str:
        """Give a room's name as the first who came wrote it."""
        found = self.broadcast.state.rooms.get(name_key(room))
        return found.name if found else room


def _first(rooms: Mapping[str, str]) -> str:
    for room in rooms.values():
        return room
    raise Refusal("bad_request", why=N_("you are in no room; /entrar ROOM goes into one"))
