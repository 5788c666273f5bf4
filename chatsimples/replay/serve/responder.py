"""What listeners ask, and what a recorded chat answers: who is there, what was said, and no to the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from chatsimples import __version__
from chatsimples.chat import answers, commands, effects
from chatsimples.chat.commands import Command
from chatsimples.chat.history import recall
from chatsimples.chat.names import name_key
from chatsimples.chat.records import Record, timestamp
from chatsimples.dialects.base import Dialect
from chatsimples.errors import Refusal
from chatsimples.i18n import N_, Translate
from chatsimples.replay.serve.guest import check_entering, may_see, open_rooms
from chatsimples.replay.serve.room_cursor import RoomCursor
from chatsimples.replay.serve.timeline import Timeline
from chatsimples.transcript.history import HistorySearch, search_for
from chatsimples.transcript.reader import TranscriptReader

BEGINS_AGAIN = N_("the recorded chat begins again")
HAS_ENDED = N_("the recorded chat has ended")

_ROOMS_HEARD = 1_000
# The time of what is told as a record and is none.
BEGINNING = timestamp(0)
_SERVER = f"chatsimples {__version__} replay"


class Listener:
    """A listener.

    Args:
        dialect: what it speaks.

    Attributes:
        nick: empty before it has said hello.
        cursor: how far it has heard; None before it has said hello too.
        round: in which of the timeline's rounds it is.
        pending: the search for the answer to a question for history.
        is_over: whether it is to be closed when all that it was told is sent.
        knows_the_end: whether it was told that the chat has ended.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.nick = ""
        self.cursor: RoomCursor | None = None
        self.round = 0
        self.pending: HistorySearch | None = None
        self.is_over = False
        self.knows_the_end = False


class Responder:
    """Answers all listeners.

    Args:
        timeline: of the chat.
        reader: of its transcript.
        room: the room that visitors hear at first.
        translate: for those whose dialect has notices.
    """

    def __init__(self, timeline: Timeline, reader: TranscriptReader, room: str, translate: Translate) -> None:
        self.timeline = timeline
        self._reader = reader
        self._room = room
        self._translate = translate

    def welcome(self, dialect: Dialect, number: int) -> tuple[Listener, bytes]:
        """Make a listener of whoever speaks a dialect; one that need not say hello hears at once."""
        listener = Listener(dialect)
        if dialect.registers:
            return listener, b""
        listener.nick = f"ouvinte-{number}"
        rooms, _ = open_rooms(self.timeline.state, listener.nick, {name_key(self._room): self._room})
        self._listen(listener, self.timeline.seq, rooms)
        return listener, dialect.reply(self._welcome(listener.nick, self.timeline.seq, "", resumed=False))

    def answer(self, listener: Listener, command: Command) -> bytes:
        """Do what is asked, and give what is to be said to it."""
        if isinstance(command, commands.Request):
            return self._request(listener, command)
        try:
            return self._answer(listener, command)
        except Refusal as refusal:
            mark = getattr(command, "id", "")
            return listener.dialect.reply(effects.Error(refusal.code, refusal.detail, mark))

    def go_on(self, listener: Listener) -> bytes:
        """Give what comes next: what has happened, or what was looked for; nothing if there is no more.

        Raises:
            ChatSimplesError: the transcript can't be read.
        """
        return self._recalled(listener) or self._heard(listener)

    def is_idle(self, listener: Listener) -> bool:
        """Tell whether it has all that there is by now."""
        if listener.cursor is None:
            return True
        now = self.timeline
        up_to_now = listener.round == now.round and listener.cursor.has_reached(now.seq)
        return up_to_now and listener.pending is None

    def _heard(self, listener: Listener) -> bytes:
        if listener.cursor is None:
            return b""
        until = self.timeline.until(listener.round)
        data = listener.cursor.read(until)
        if not listener.cursor.has_reached(until):
            return data
        if listener.round != self.timeline.round:
            return data + self._begin_again(listener, listener.cursor)
        if self.timeline.ended and not listener.knows_the_end:
            listener.knows_the_end = True
            return data + listener.dialect.notice(self._translate(HAS_ENDED))
        return data

    def _begin_again(self, listener: Listener, cursor: RoomCursor) -> bytes:
        if listener.dialect.resumes:
            # A seq never comes twice to those who know it: it has to connect anew.
            listener.is_over = True
            listener.cursor = None
            return b""
        # Some of them may not be open yet.
        rooms, _ = open_rooms(self.timeline.state, listener.nick, cursor.rooms)
        self._listen(listener, self.timeline.start_seq, rooms)
        return listener.dialect.notice(self._translate(BEGINS_AGAIN))

    def _recalled(self, listener: Listener) -> bytes:
        if listener.pending is None or not listener.pending.step():
            return b""
        search = listener.pending
        listener.pending = None
        told = [listener.dialect.render(record, line) for record, line in search.found]
        return b"".join(told) + listener.dialect.reply(search.end())

    # The commands.

    def _answer(self, listener: Listener, command: Command) -> bytes:
        reply = listener.dialect.reply
        match command:
            case commands.Hello():
                return self._hello(listener, command)
            case commands.Fault():
                listener.is_over = listener.is_over or command.fatal
                return reply(effects.Error(command.code, command.detail, command.id))
            case commands.Bye():
                listener.is_over = True
                return b""
        cursor = listener.cursor
        if cursor is None:
            raise Refusal("not_registered")
        state = self.timeline.state
        match command:
            case commands.Join():
                return self._join(listener, cursor, command)
            case commands.Leave():
                self._leave(cursor, command)
            case commands.History():
                self._history(listener, cursor, command)
                return b""
            case commands.Who():
                return reply(self._members(listener, cursor, command))
            case commands.Rooms():
                return reply(answers.room_list(state, command.id, command.after, command.limit))
            case commands.Ping():
                return reply(effects.Pong(command.id))
            case commands.Help():
                return reply(effects.CommandList())
        raise Refusal("read_only")

    def _request(self, listener: Listener, request: commands.Request) -> bytes:
        """Answer as a whole what was asked at once."""
        told = b""
        parts: list[Record | effects.Answer] = []
        for each in request.commands:
            try:
                if isinstance(each, commands.Hello):
                    told += self._hello(listener, each)
                else:
                    parts += self._parts(listener, each)
            except Refusal as refusal:
                parts.append(effects.Error(refusal.code, refusal.detail))
        told += listener.dialect.respond(request.mark, listener.nick, parts)
        return told + (listener.dialect.goodbye("quit") if listener.is_over else b"")

    def _parts(self, listener: Listener, command: Command) -> list[Record | effects.Answer]:
        """Do a part of a request; what there is no record of is told by one that stands nowhere."""
        match command:
            case commands.Fault():
                return [effects.Error(command.code, command.detail)]
            case commands.Style() if listener.cursor is None:
                listener.dialect = listener.dialect.styled(command.style)
                return []
            case commands.Bye():
                listener.is_over = True
                return []
        cursor = listener.cursor
        if cursor is None:
            raise Refusal("not_registered")
        match command:
            case commands.Join():
                room = self._enter(listener, cursor, command)
                return [Record(self.timeline.seq, BEGINNING, "join", nick=listener.nick, room=room)]
            case commands.Leave() if cursor.rooms.pop(name_key(command.room), ""):
                return [
                    Record(
                        self.timeline.seq, BEGINNING, "leave", nick=listener.nick, room=command.room,
                        reason="left",
                    )
                ]  # fmt: skip
            case commands.Leave():
                raise Refusal("not_in_room", room=command.room)
            case commands.Who():
                return [self._members(listener, cursor, command)]
        raise Refusal("read_only")

    def _hello(self, listener: Listener, hello: commands.Hello) -> bytes:
        if listener.nick:
            raise Refusal("already_registered")
        rooms = {name_key(room): room for room in hello.rooms}
        if len(rooms) > _ROOMS_HEARD:
            raise Refusal("too_many_rooms", limit=_ROOMS_HEARD)
        listener.nick = hello.nick
        resumed = hello.since_log == self.timeline.log and 0 <= hello.since_seq <= self.timeline.seq
        after = hello.since_seq if resumed else self.timeline.seq
        rooms, refused = open_rooms(self.timeline.state, hello.nick, rooms, past=after < self.timeline.seq)
        self._listen(listener, after, rooms)
        reply = listener.dialect.reply
        told = [reply(effects.Error(refusal.code, refusal.detail)) for refusal in refused]
        return reply(self._welcome(hello.nick, after, hello.session, resumed=resumed)) + b"".join(told)

    def _listen(self, listener: Listener, after: int, rooms: dict[str, str]) -> None:
        listener.round = self.timeline.round
        listener.cursor = RoomCursor(self._reader, after, listener.dialect, rooms)

    def _welcome(self, nick: str, after: int, session: str, *, resumed: bool) -> effects.Welcome:
        # No record will tell that it has caught up, as its coming is on no record: so nothing is said to be
        # ahead of it.
        return effects.Welcome(nick, self.timeline.log, after, session, resumed, after, _SERVER)

    def _enter(self, listener: Listener, cursor: RoomCursor, command: commands.Join) -> str:
        """Let a listener hear a room, and return its name."""
        check_entering(self.timeline.state, listener.nick, command.room)
        if command.alone:
            cursor.rooms.clear()
        if len(cursor.rooms) >= _ROOMS_HEARD:
            raise Refusal("too_many_rooms", limit=_ROOMS_HEARD)
        state = self.timeline.state
        room = answers.shown_name(state, command.room)
        cursor.rooms[name_key(room)] = room
        return room

    def _join(self, listener: Listener, cursor: RoomCursor, command: commands.Join) -> bytes:
        room = self._enter(listener, cursor, command)
        state = self.timeline.state
        if not listener.dialect.registers:
            return listener.dialect.reply(answers.members(state, room, command.id))
        # There is no record of it, which would be the answer. But this is one too, and it is true.
        raise Refusal("already_in_room", room=room)

    def _leave(self, cursor: RoomCursor, command: commands.Leave) -> NoReturn:
        # The same: from here on it is not in the room.
        cursor.rooms.pop(name_key(command.room), None)
        raise Refusal("not_in_room", room=command.room)

    def _history(self, listener: Listener, cursor: RoomCursor, command: commands.History) -> None:
        if command.to:
            # What was private is not served.
            raise Refusal("read_only")
        asked = command.room or _first(cursor.rooms)
        # Of one that is secret nothing has been said.
        until = self.timeline.seq if self._sees(listener, cursor, asked) else 0
        room = answers.shown_name(self.timeline.state, asked) if until else asked
        listener.pending = search_for(self._reader, recall(command, room, until))

    def _members(self, listener: Listener, cursor: RoomCursor, command: commands.Who) -> effects.Members:
        state = self.timeline.state
        room = command.room or _first(cursor.rooms)
        if not self._sees(listener, cursor, room):
            return effects.Members(room, [], 0, id=command.id)
        return answers.members(
            state, answers.shown_name(state, room), command.id, command.after, command.limit
        )

    def _sees(self, listener: Listener, cursor: RoomCursor, room: str) -> bool:
        """Tell whether a room exists for a listener, in it or not.

        Raises:
            Refusal: it may not read it.
        """
        return name_key(room) in cursor.rooms or may_see(self.timeline.state, listener.nick, room)


def _first(rooms: Mapping[str, str]) -> str:
    for room in rooms.values():
        return room
    raise Refusal("bad_request", why=N_("you are in no room; /entrar ROOM goes into one"))
