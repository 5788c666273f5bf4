"""JSON lines: one object a line, for programs. A record's line here is the transcript's line itself."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec

from chatsimples.chat import commands, effects
from chatsimples.chat.answers import MEMBERS_TOLD, ROOMS_TOLD
from chatsimples.chat.history import check_count, read_time
from chatsimples.chat.masks import check_mask
from chatsimples.chat.names import DEFAULT_ROOM, check_nick, check_room, check_text, name_key, printable
from chatsimples.chat.records import Record
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.dialects.attempts import Attempt, without_keys
from chatsimples.dialects.base import NOTICE, InputLimits, LineParser, Parser, SecretSource, Unframed
from chatsimples.dialects.json_faults import id_in, why_invalid
from chatsimples.dialects.json_questions import Question, ask
from chatsimples.dialects.json_saying import Message, Object, Said, check_id, command, message, person
from chatsimples.errors import Refusal, explain
from chatsimples.i18n import N_, Translate
from chatsimples.words.spans import MOST_SECONDS

_SECRET = re.compile(r"[A-Za-z0-9_-]{16,128}")


# JSON knows no bounds for numbers, the Queue between the processes does.
_Integer = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
_Seconds = Annotated[int, msgspec.Meta(ge=0, le=MOST_SECONDS)]
_MuteSeconds = Annotated[int, msgspec.Meta(ge=commands.LIFTED, le=MOST_SECONDS)]


class _Position(msgspec.Struct):
    log: str
    seq: _Integer


class _Hello(Object, tag="hello"):
    nick: str | None = None
    rooms: list[str] | None = None
    since: _Position | None = None
    session: str | None = None
    account: str = ""
    password: str = ""
    token: str = ""
    register: bool = False
    keys: dict[str, str] = msgspec.field(default_factory=dict)
    user: str = ""
    realname: str = ""


class _Join(Object, tag="join"):
    room: str
    key: str = ""
    id: str = ""


class _Leave(Object, tag="leave"):
    room: str
    text: str = ""
    id: str = ""


class _Nick(Object, tag="nick"):
    nick: str
    id: str = ""


class _History(Object, tag="history"):
    room: str | None = None
    to: str = ""
    before: _Integer = 0
    after: _Integer | None = None
    at: str | None = None
    until: str = ""
    limit: _Integer = 50
    all: bool = False
    id: str = ""


class _Conversations(Object, tag="conversations"):
    at: str
    until: str
    limit: _Integer = 50
    id: str = ""


class _Who(Object, tag="who"):
    room: str = ""
    after: str = ""
    limit: _Integer = 0
    id: str = ""


class _Rooms(Object, tag="rooms"):
    after: str = ""
    limit: _Integer = 0
    id: str = ""


class _Status(Object, tag="status"):
    id: str = ""


class _Topic(Object, tag="topic"):
    room: str
    text: str = ""
    id: str = ""


class _Invite(Object, tag="invite"):
    room: str
    nick: str
    id: str = ""


class _Role(Object, tag="role"):
    room: str
    nick: str
    role: commands.RoomRole
    id: str = ""


class _Set(Object, tag="set"):
    room: str
    settings: SettingsAsked
    id: str = ""


class _Kick(Object, tag="kick"):
    nick: str
    room: str = ""
    text: str = ""
    id: str = ""


class _Ban(Object, tag="ban"):
    room: str = ""
    nick: str = ""
    account: str = ""
    seconds: _Seconds = 0
    text: str = ""
    id: str = ""


class _Unban(Object, tag="unban"):
    room: str = ""
    nick: str = ""
    account: str = ""
    id: str = ""


class _Mute(Object, tag="mute"):
    nick: str
    room: str = ""
    seconds: _MuteSeconds = 0
    text: str = ""
    id: str = ""


class _Login(Object, tag="login"):
    account: str = ""
    password: str = ""
    token: str = ""
    id: str = ""


class _Register(Object, tag="register"):
    account: str
    password: str
    id: str = ""


class _Ping(Object, tag="ping"):
    id: str = ""


class _Pong(Object, tag="pong"):
    pass


class _Bye(Object, tag="bye"):
    text: str = ""


_PLAIN: dict[type[Object], type[commands.Ping | commands.Status]] = {
    _Ping: commands.Ping,
    _Status: commands.Status,
}
_Governing = _Topic | _Invite | _Role | _Set | _Kick | _Ban | _Unban | _Mute

_decode = msgspec.json.Decoder(
    Message
    | Said
    | _Hello
    | _Join
    | _Leave
    | _Nick
    | _History
    | _Conversations
    | _Who
    | _Rooms
    | _Status
    | _Ping
    | _Pong
    | _Bye
    | _Governing
    | _Login
    | _Register
    | Question
).decode


_encode = msgspec.json.Encoder().encode


class JsonParser(LineParser):
    """The commands of one JSON connection.

    Args:
        conn: the connection.
        limits: what a line may hold.
        new_session: makes a secret for a client that brings none.
        dialect: the name of the one that is spoken, as it goes on record.
    """

    __slots__ = ("_dialect", "_new_session")

    awaits_pause = False

    def __init__(
        self, conn: int, limits: InputLimits, new_session: SecretSource, dialect: str = "json"
    ) -> None:
        super().__init__(conn, limits)
        self._new_session = new_session
        self._dialect = dialect

    def pause(self) -> None:
        """Mean nothing by a pause."""

    def _understand(self, line: bytes) -> commands.Command | None:
        if not line or line.isspace():
            return None
        try:
            if not line.isascii():
                # The decoder skips what nobody knows without looking; the whole line must be text.
                line.decode()
            asked = _decode(line)
            if isinstance(asked, Question):
                return ask(self._conn, asked, check_id(asked.id), self._limits.max_name)
            return self._translate(asked)
        except Refusal as refusal:
            code, detail = refusal.code, refusal.detail
        except msgspec.ValidationError as error:
            code, detail = why_invalid(line, str(error))
        except UnicodeDecodeError:
            code, detail = "bad_utf8", {}
        except (msgspec.DecodeError, RecursionError) as error:
            code, detail = "bad_json", {"why": "{cause}", "cause": printable(str(error))}
        return commands.Fault(self._conn, code, detail, id=id_in(line))

    def _translate(self, asked: Any) -> commands.Command | None:
        conn = self._conn
        limits = self._limits
        match asked:
            case Message():
                return message(asked, conn, limits)
            case _Hello():
                return self._hello(asked)
            case _Join():
                room = check_room(asked.room, limits.max_name)
                return self._unkeyed(commands.Join(conn, room, check_id(asked.id), key=asked.key))
            case _Leave():
                room = check_room(asked.room, limits.max_name)
                return commands.Leave(conn, room, check_id(asked.id), self._word(asked.text))
            case _Nick():
                return commands.Rename(conn, check_nick(asked.nick, limits.max_name), check_id(asked.id))
            case _History() | _Conversations():
                return self._past(asked)
            case _Who():
                room = asked.room and check_room(asked.room, limits.max_name)
                after = asked.after and check_nick(asked.after, limits.max_name)
                return commands.Who(conn, room, check_id(asked.id), after, _size(asked.limit, MEMBERS_TOLD))
            case _Rooms():
                after = asked.after and check_room(asked.after, limits.max_name)
                return commands.Rooms(conn, check_id(asked.id), after, _size(asked.limit, ROOMS_TOLD))
            case _Ping() | _Status():
                return _PLAIN[type(asked)](conn, check_id(asked.id))
            case _Bye():
                return commands.Bye(conn, self._word(asked.text))
            case _Pong():
                return None
        return self._translate_rest(asked)

    def _translate_rest(self, asked: Any) -> commands.Command | None:
        if isinstance(asked, Said):
            return command(asked, self._conn, self._limits)
        return self._login(asked) if isinstance(asked, _Login | _Register) else self._govern(asked)

    def _word(self, text: str) -> str:
        """Return a text that may be left out."""
        return text and check_text(text, self._limits.max_text)

    def _govern(self, asked: _Governing) -> commands.Command | None:
        """Give the command of somebody who governs a room or, without one, the server."""
        most = self._limits.max_name
        conn, mark = self._conn, check_id(asked.id)
        of_rooms = isinstance(asked, _Topic | _Invite | _Role | _Set)
        named = _Ban | _Unban
        room = check_room(asked.room, most) if asked.room or of_rooms else ""
        nick = "" if isinstance(asked, _Topic | _Set) else asked.nick
        if nick or isinstance(asked, _Invite | _Role | _Kick | _Mute):
            check = check_mask if isinstance(asked, named | _Mute) else check_nick
            nick = check(nick, most)
        account = asked.account if isinstance(asked, named) else ""
        account = account and check_nick(account, most)
        text = asked.text if isinstance(asked, _Topic | _Kick | _Ban | _Mute) else ""
        text = text and check_text(text, self._limits.max_text)
        match asked:
            case _Topic():
                return commands.Topic(conn, room, text, mark)
            case _Invite():
                return commands.Invite(conn, room, nick, mark)
            case _Role(role=role):
                return commands.Grant(conn, room, nick, role, mark)
            case _Set(settings=settings):
                return self._unkeyed(commands.Set(conn, room, settings, mark))
            case _Kick():
                return commands.Kick(conn, nick, room, text, mark)
            case _Ban(seconds=seconds):
                return commands.Ban(conn, room, nick, account, seconds, text, mark)
            case _Unban():
                return commands.Unban(conn, room, nick, account, mark)
            case _Mute(seconds=seconds):
                return commands.Mute(conn, room, nick, seconds, text, mark)

    def _past(self, asked: _History | _Conversations) -> commands.Command:
        if isinstance(asked, _Conversations):
            times = (read_time(asked.at), read_time(asked.until))
            return commands.Conversations(self._conn, *times, check_count(asked.limit), check_id(asked.id))
        if (asked.before != 0) + (asked.after is not None) + (asked.at is not None) > 1:
            raise Refusal("bad_request", why=N_("history has at most one of before, after and at"))
        if asked.room and asked.to:
            raise Refusal("bad_request", why=N_("history is that of a room or with one person"))
        return commands.History(
            self._conn,
            "" if asked.to else check_room(_room(asked.room), self._limits.max_name),
            asked.before,
            check_count(asked.limit),
            check_id(asked.id),
            # All of them are after the seqs below 0, too.
            -1 if asked.after is None else max(0, asked.after),
            "" if asked.at is None else read_time(asked.at),
            asked.all,
            asked.until and read_time(asked.until),
            asked.to and check_nick(asked.to, self._limits.max_name),
        )

    def _hello(self, asked: _Hello) -> commands.Command | None:
        rooms = [DEFAULT_ROOM] if asked.rooms is None else asked.rooms
        most = self._limits.max_rooms
        if 0 < most < len(rooms):
            # They are counted before they are looked at: a line has room for thousands.
            raise Refusal("too_many_rooms", limit=most)
        since = asked.since or _Position("", -1)
        secret = asked.session or ""
        is_named = bool(asked.account or asked.token)
        if asked.nick is None and not is_named:
            raise Refusal("bad_request", why=N_("a hello has a nick, or says who logs in"))
        user, realname = person(asked.user, asked.realname)
        hello = commands.Hello(
            self._conn,
            # Who logs in without a nick is called as the account is.
            "" if is_named and not asked.nick else check_nick(asked.nick or "", self._limits.max_name),
            tuple(check_room(room, self._limits.max_name) for room in rooms),
            secret if _SECRET.fullmatch(secret) else self._new_session(),
            since.log,
            since.seq,
            self._dialect,
            keys=self._keys(asked.keys),
            user=user,
            realname=realname,
        )
        if asked.account or asked.password or asked.token:
            self._attempts(
                Attempt(
                    command=without_keys(hello), account=asked.account, password=asked.password,
                    token=asked.token, line="" if asked.account else asked.password,
                    registers=asked.register, keys=hello.keys,
                )
            )  # fmt: skip
            return None
        return self._unkeyed(hello)

    def _login(self, asked: _Login | _Register) -> commands.Command | None:
        login = commands.Login(self._conn, "", "", check_id(asked.id))
        if isinstance(asked, _Register):
            attempt = Attempt(command=login, account=asked.account, password=asked.password, registers=True)
        else:
            attempt = Attempt(
                command=login, account=asked.account, password=asked.password, token=asked.token
            )
        self._attempts(attempt)
        return None

    def _keys(self, asked: dict[str, str]) -> dict[str, str]:
        most = self._limits.max_rooms
        if 0 < most < len(asked):
            raise Refusal("too_many_rooms", limit=most)
        return {name_key(check_room(room, self._limits.max_name)): key for room, key in asked.items()}


class JsonDialect(Unframed):
    """The rendering of JSON lines."""

    name = "json"
    registers = True
    is_pinged = True
    echoes = True
    resumes = True
    hears_signals = True
    warning = ""

    def __init__(
        self, limits: InputLimits, translate: Translate, new_session: SecretSource, notice: str = NOTICE
    ) -> None:
        self._limits = limits
        self._translate = translate
        self._new_session = new_session
        self._notice = notice

    def claims(self, first: bytes) -> bool | None:
        """Tell whether the first byte opens an object."""
        return first.startswith(b"{") if first else None

    def parser(self, conn: int) -> Parser:
        """Make the parser of a connection."""
        return JsonParser(conn, self._limits, self._new_session)

    def render(self, record: Record, line: bytes) -> bytes:  # noqa: ARG002 - the shape of a dialect
        """Give the transcript's line."""
        return line

    def reply(self, answer: effects.Answer, nick: str = "") -> bytes:  # noqa: ARG002 - the shape of a dialect
        """Write a reply as an object with its type."""
        match answer:
            case effects.Error():
                told: dict[str, object] = {
                    "type": "error",
                    "code": answer.code,
                    "text": explain(answer.code, answer.detail, self._translate),
                }
                if answer.id:
                    told["id"] = answer.id
                if answer.detail:
                    told["detail"] = answer.detail
                return _encode(told) + b"\n"
            case effects.Welcome():
                fields = {"type": "welcome", **msgspec.structs.asdict(answer)}
                more = {"limits": self._limits, "notice": self._translate(self._notice)}
                return _encode({**fields, **more}) + b"\n"
            case effects.CommandList() | effects.About() | effects.ReadMarker():
                return b""
        return _encode(answer) + b"\n"

    def notice(self, text: str) -> bytes:  # noqa: ARG002 - the shape of a dialect
        """Write nothing: programs are told nothing that has no meaning for them."""
        return b""


def _room(asked: str | None) -> str:
    return DEFAULT_ROOM if asked is None else asked


def _size(limit: int, most: int) -> int:
    if not 0 <= limit <= most:
        raise Refusal("bad_request", why=N_("limit is from 1 to {most}"), most=most)
    return limit
