r"""Plain text: one message a line, for nc, telnet and the original course client.

The course client sends ``nick: text`` with no newline at all, so a connection that has never sent one ends
its message by pausing. What it has sent by then is taken apart as it was put together: each ``nick: `` at the
front names the sender, the same ``nick: `` further on begins its next message (two sends may arrive as one),
and ``nick saiu do chat.`` at the end is its goodbye.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from chatsimples.chat import commands, effects
from chatsimples.chat.history import read_count
from chatsimples.chat.names import check_nick, check_room, check_text, printable
from chatsimples.chat.profiles import check_away, check_realname
from chatsimples.chat.records import Record
from chatsimples.dialects.attempts import Attempt, keys_in
from chatsimples.dialects.base import NOTICE, InputLimits, LineParser, Unframed
from chatsimples.errors import Refusal, explain
from chatsimples.i18n import N_, Translate
from chatsimples.words.charter import told_charter
from chatsimples.words.governing import COMMANDS, NameLimits, governing_name, governing_usage, read_governing
from chatsimples.words.kinds import author
from chatsimples.words.roles import marked
from chatsimples.words.telling import away, is_telling, telling
from chatsimples.words.told import is_governing, told

_SIGNED = re.compile(r"([^\s:]+): ")
_GOODBYE = re.compile(r"([^\s:]+) saiu do chat\.\s*$")

HELP = (
    ("/apelido NAME, /nick NAME", N_("take another nick")),
    ("/entrar ROOM KEY, /join ROOM KEY", N_("go into another room; with its key, if it has one")),
    ("/quem, /who", N_("who is in this room, and what it is about")),
    ("/salas, /rooms", N_("which rooms there are")),
    ("/msg NICK TEXT", N_("a private message")),
    ("/eu TEXT, /me TEXT", N_("say what you do: ** ana waves")),
    ("/ausente TEXT, /away TEXT", N_("you are away, and why; without a text you are back")),
    ("/nome NAME, /name NAME", N_("what your name is beside the nick")),
    ("/historico N, /history N", N_("the last N messages")),
    *((governing_usage(name), command.help) for name, command in COMMANDS.items()),
    ("/ajuda, /help", N_("these commands")),
    ("/login NAME PASSWORD", N_("log in with an account")),
    ("/registrar, /register NAME PASSWORD", N_("make an account, where the server allows that")),
    ("/sair, /quit", N_("leave")),
)


class TextParser(LineParser):
    """The commands of one plain-text connection."""

    __slots__ = ("_burst", "_burst_size", "_framed", "_held")

    def __init__(self, conn: int, limits: InputLimits) -> None:
        super().__init__(conn, limits)
        self._framed = False
        self._held = 0
        self._burst: Iterator[commands.Command | None] | None = None
        self._burst_size = 0

    @property
    def awaits_pause(self) -> bool:
        """Whether this is an unframed client in the middle of something."""
        return not self._framed and len(self._lines) > 0

    @property
    def held(self) -> int:
        """How many bytes wait: for the end of their line, or to be taken after a pause."""
        return len(self._lines) + self._burst_size

    def feed(self, data: bytes) -> None:
        """Take in what was received; a newline tells at once that lines end so, whenever they are taken."""
        if not self._framed and b"\n" in data:
            self._framed = True
        super().feed(data)

    def take(self, limit: int) -> list[commands.Command]:
        """Give at most ``limit`` commands of what is complete; of a burst, the rest at the next time."""
        burst = self._burst
        if burst is None:
            return super().take(limit)
        taken: list[commands.Command] = []
        while len(taken) < limit:
            try:
                command = next(burst)
            except StopIteration:
                break
            if command is not None:
                taken.append(command)
            if self._has_attempt():
                return taken
        if len(taken) < limit:
            self._burst, self._burst_size = None, 0
            taken += super().take(limit - len(taken))
        return taken

    def pause(self) -> None:
        """Take what an unframed client has sent as complete.

        A character of which only a part has come is waited for, through one further pause.
        """
        if not self.awaits_pause:
            return
        data = self._lines.rest()
        if _ends_within_character(data) and self._held != len(data):
            self._lines.feed(data)
            self._held = len(data)
            return
        self._held = 0
        self._begin_burst(data)

    def end(self) -> None:
        """Take an unfinished line as complete."""
        if self._framed:
            super().end()
        elif len(self._lines):
            self._begin_burst(self._lines.rest())

    def _begin_burst(self, data: bytes) -> None:
        burst = self._in_burst(data)
        self._burst = burst if self._burst is None else chain(self._burst, burst)
        self._burst_size += len(data)

    def _understand(self, line: bytes) -> commands.Command | None:
        try:
            return self._line(line.decode().removesuffix("\r"))
        except UnicodeDecodeError:
            return commands.Fault(self._conn, "bad_utf8", {})
        except Refusal as refusal:
            return commands.Fault(self._conn, refusal.code, refusal.detail)

    def _in_burst(self, data: bytes) -> Iterator[commands.Command | None]:
        """Give what is in a burst, one by one; None for what means nothing, or was kept as an attempt."""
        try:
            yield from self._unframed(data.decode())
        except UnicodeDecodeError:
            yield commands.Fault(self._conn, "bad_utf8", {})
        except Refusal as refusal:
            yield commands.Fault(self._conn, refusal.code, refusal.detail)

    def _line(self, line: str) -> commands.Command | None:
        if not line:
            return None
        if line.startswith("/") and not line.startswith("//"):
            return self._command(line)
        text = line[1:] if line.startswith("//") else line
        return commands.Say(self._conn, check_text(text, self._limits.max_text))

    def _unframed(self, burst: str) -> Iterator[commands.Command | None]:
        goodbye = _GOODBYE.fullmatch(burst)
        if goodbye and self._is_nick(goodbye[1]):
            yield commands.Bye(self._conn)
            return
        signed = _SIGNED.match(burst)
        if not signed or not self._is_nick(signed[1]):
            yield self._line(burst)
            return
        nick = signed[1]
        body = burst.removesuffix(f"{nick} saiu do chat.")
        for message in _split(body, f"{nick}: "):
            yield from self._signed_message(nick, message)
        if len(body) < len(burst):
            yield commands.Bye(self._conn)

    def _signed_message(self, nick: str, message: str) -> Iterator[commands.Command | None]:
        text = message[len(nick) + 2 :]
        if not text:
            return
        try:
            if text.startswith("/") and not text.startswith("//"):
                # What is refused takes no nick either.
                command = self._command(text)
                yield commands.SayAs(self._conn, nick, "", "")
                yield command
                return
            text = text[1:] if text.startswith("//") else text
            check_text(text, self._limits.max_text)
            yield commands.SayAs(self._conn, nick, text, message)
        except Refusal as refusal:
            yield commands.Fault(self._conn, refusal.code, refusal.detail)

    def _is_nick(self, name: str) -> bool:
        try:
            return bool(check_nick(name, self._limits.max_name))
        except Refusal:
            return False

    def _command(self, line: str) -> commands.Command | None:
        word, _, rest = line[1:].partition(" ")
        rest = rest.strip()
        match word.lower():
            case "apelido" | "nick":
                return commands.Rename(self._conn, check_nick(rest, self._limits.max_name))
            case "entrar" | "join" | "chave" | "key":
                room, _, key = rest.partition(" ")
                room = check_room(room, self._limits.max_name)
                return self._unkeyed(commands.Join(self._conn, room, alone=True, key=key.strip()))
            case "login":
                return self._login(rest)
            case "registrar" | "register":
                return self._login(rest, registers=True)
            case "quem" | "who":
                return commands.Who(self._conn, after=rest if self._is_nick(rest) else "")
            case "salas" | "rooms":
                after = rest and check_room(rest, self._limits.max_name)
                return commands.Rooms(self._conn, after=after)
            case "msg":
                return self._private(rest)
            case "historico" | "histórico" | "history":
                return commands.History(self._conn, "", 0, read_count(rest))
            case "ajuda" | "help":
                return commands.Help(self._conn)
            case "sair" | "quit":
                return commands.Bye(self._conn)
        return self._of_oneself(word.lower(), rest) or self._governing(word, rest)

    def _of_oneself(self, word: str, rest: str) -> commands.Command | None:
        """Give the command of what somebody does or tells of themself; None if the word is another one."""
        match word:
            case "eu" | "me":
                text = check_text(rest, self._limits.max_text)
                return commands.Say(self._conn, text, kind="action")
            case "ausente" | "away":
                return commands.Away(self._conn, check_away(rest))
            case "nome" | "name":
                return commands.SetName(self._conn, check_realname(rest))
        return None

    def _governing(self, word: str, rest: str) -> commands.Command | None:
        name = governing_name(word)
        if not name:
            raise Refusal("unknown_command", name=printable(f"/{word}", 32))
        if not rest and name in {"topic", "set"}:
            # What the room is about, and how it is set, is told with who is there.
            return commands.Who(self._conn)
        limits = NameLimits(self._limits.max_name, self._limits.max_text)
        command = read_governing(name, rest, limits, conn=self._conn)
        if commands.HERE in keys_in(command):
            # The proof of a key is one for a room, and only the rules know in which one somebody is.
            raise Refusal("bad_request", why=N_("a key is set with the room's name: /set #room key=…"))
        return self._unkeyed(command)

    def _login(self, rest: str, *, registers: bool = False) -> commands.Command | None:
        name, _, password = rest.partition(" ")
        login = commands.Login(self._conn, "", "")
        line = "" if registers else rest
        self._attempts(
            Attempt(
                command=login, account=name, password=password.strip(), line=line, registers=registers,
                is_typed=True,
            )
        )  # fmt: skip
        return None

    def _private(self, rest: str) -> commands.Command:
        to, _, text = rest.partition(" ")
        nick = check_nick(to, self._limits.max_name)
        return commands.Say(self._conn, check_text(text.strip(), self._limits.max_text), to=nick)


class TextDialect(Unframed):
    """The rendering of plain text, in one language."""

    name = "text"
    registers = False
    is_pinged = False
    echoes = False
    resumes = False
    warning = ""

    def __init__(self, limits: InputLimits, translate: Translate, notice: str = NOTICE) -> None:
        self._limits = limits
        self._translate = translate
        self._notice = notice
        self._entered = translate(N_("{nick} has entered {room}"))
        self._left = translate(N_("{nick} has left {room}"))
        self._renamed = translate(N_("{nick} is now {new}"))

    def claims(self, first: bytes) -> bool:  # noqa: ARG002 - the shape of a dialect
        """Claim nothing: plain text is what nobody else claims."""
        return False

    def parser(self, conn: int) -> TextParser:
        """Make the parser of a connection."""
        return TextParser(conn, self._limits)

    def render(self, record: Record, line: bytes) -> bytes:  # noqa: ARG002 - the shape of a dialect
        """Write a record as a line; nothing for a record that clients are not told."""
        if record.type == "message":
            if record.kind:
                return _unlike_said(record).encode()
            if record.to:
                return f"[{record.nick} → {record.to}] {record.text}\n".encode()
            return f"{record.nick}: {record.text}\n".encode()
        if is_governing(record):
            return f"* {told(record, self._translate)}\n".encode()
        if is_telling(record):
            return f"* {telling(record, self._translate)}\n".encode()
        match record.type:
            case "join":
                return f"* {self._entered.format(nick=record.nick, room=record.room)}\n".encode()
            case "leave":
                return f"* {self._left.format(nick=record.nick, room=record.room)}\n".encode()
            case "nick":
                return f"* {self._renamed.format(nick=record.nick, new=record.new)}\n".encode()
        return b""

    def reply(self, answer: effects.Answer, nick: str = "") -> bytes:  # noqa: ARG002 - the shape of a dialect
        """Write a reply as lines that begin with ``* ``."""
        return b"".join([self.notice(line) for line in self._lines(answer)])

    def notice(self, text: str) -> bytes:
        """Write a line of the server's own."""
        return f"* {text}\n".encode()

    def _lines(self, answer: effects.Answer) -> list[str]:
        _ = self._translate
        match answer:
            case effects.Error():
                return [explain(answer.code, answer.detail, _)]
            case effects.Welcome():
                return [
                    _(N_("Welcome to ChatSimples. You are {nick}; /ajuda shows what you can do.")).format(
                        nick=answer.nick
                    ),
                    _(self._notice),
                ]
            case effects.Members():
                names = ", ".join(marked(nick, answer.roles.get(nick, "")) for nick in answer.members)
                return [
                    f"{answer.room} ({answer.count}): {names}",
                    *self._more("/quem", answer.next),
                    *told_charter(answer, _),
                ]
            case effects.RoomList():
                rooms = ", ".join(f"{each.room} ({each.members})" for each in answer.rooms)
                return [rooms, *self._more("/salas", answer.next)]
            case effects.HistoryEnd():
                return [
                    _(N_("end of the history")) if answer.complete else _(N_("end; there is more before"))
                ]
            case effects.IsAway():
                return [away(answer, _)]
            case effects.About():
                return [_(N_("topic: {text}")).format(text=answer.topic)]
            case effects.CommandList():
                return [f"{usage}: {_(meaning)}" for usage, meaning in HELP]
        return []

    def _more(self, command: str, following: str) -> list[str]:
        more = self._translate(N_("there are more: {command}"))
        return [more.format(command=f"{command} {following}")] if following else []


def _unlike_said(record: Record) -> str:
    """Write what is done, or a notice: no other line begins so, and no nick can."""
    by = author(record.nick, record.kind)
    return f"[{by} → {record.to}] {record.text}\n" if record.to else f"{by} {record.text}\n"


def _split(burst: str, mark: str) -> Iterator[str]:
    """Give the parts of a burst that begins with a mark: each begins with it."""
    start = 0
    while start < len(burst):
        following = burst.find(mark, start + 1)
        end = following if following >= 0 else len(burst)
        yield burst[start:end]
        start = end


def _ends_within_character(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return False
