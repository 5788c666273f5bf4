"""What the API does: an operation for each thing that can be asked, by the caller's session in the chat."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from chatsimples.chat.names import DEFAULT_ROOM, check_room
from chatsimples.config.server import ServerSettings
from chatsimples.errors import Refusal
from chatsimples.i18n import Translate
from chatsimples.server.web.api.callers import Caller, caller_of, name_in, owner_of
from chatsimples.server.web.api.failures import RequestError
from chatsimples.server.web.api.health import Health
from chatsimples.server.web.api.pool import Pool
from chatsimples.server.web.api.recent import Recent
from chatsimples.server.web.api.session import ChatSession
from chatsimples.server.web.api.shapes import (
    HealthTold,
    Hook,
    HookQuery,
    InRoom,
    ListQuery,
    MembersTold,
    Nothing,
    Recorded,
    RecordsQuery,
    RoomOfList,
    RoomsTold,
    Said,
    SayHeader,
    StreamHeader,
    StreamQuery,
)
from chatsimples.server.web.api.slack import read_payload, texts_of
from chatsimples.server.web.api.streams import CONTENT_TYPE, Following, read_position
from chatsimples.server.web.messages import JSON, Headers, Request, Response

JSON_LINES = "application/jsonl"
TEXT = "text/plain; charset=utf-8"

_LONGEST_MARK = 64
_NO_STORE = ("Cache-Control", "no-store")

_encode = msgspec.json.Encoder().encode


P = TypeVar("P")
Q = TypeVar("Q")
H = TypeVar("H")
B = TypeVar("B")


class Asked(msgspec.Struct, Generic[P, Q, H, B], frozen=True):
    """A request of which path, query, header and body have been read by the operation's types."""

    request: Request
    path: P
    query: Q
    header: H
    body: B


class Operations:
    """Does them.

    Args:
        pool: the sessions in the chat.
        health: asks whether the chat answers.
        settings: the server's.
        secret: of this server.
        translate: into the language of people.
    """

    def __init__(
        self, pool: Pool, health: Health, settings: ServerSettings, secret: bytes, translate: Translate
    ) -> None:
        self._pool = pool
        self._health = health
        self._settings = settings
        self._secret = secret
        self._translate = translate

    async def say(self, asked: Asked[InRoom, Nothing, SayHeader, Said]) -> Response:
        """Say something in a room."""
        room = self._room(asked.path.room)
        session = self._session(self._caller(asked.request))
        await self._enter(session, room, asked.header.room_key)
        answer = await session.say(room, asked.body.text, asked.header.key or secrets.token_hex(12))
        heard = answer.heard
        if heard.type != "duplicate":
            return _json(Recorded(session.log, heard.seq, heard.at), 201)
        time = await _time_of(session, room, heard.seq)
        return _json(Recorded(session.log, heard.seq, time), 200)

    async def records(self, asked: Asked[InRoom, RecordsQuery, Nothing, Nothing]) -> Response:
        """Tell what was said in a room."""
        room = self._room(asked.path.room)
        command = {
            "type": "history",
            "room": room,
            "limit": asked.query.limit,
            "all": asked.query.all == "true",
        }
        for name in ("before", "after", "at"):
            value = getattr(asked.query, name)
            if value is not None:
                command[name] = value
        session = self._session(self._caller(asked.request))
        answer = await session.ask(command)
        links = []
        for rel, name in (("prev", "before"), ("next", "after")):
            seq = getattr(answer.heard, name)
            if seq:
                target = urlencode({name: seq, "limit": asked.query.limit, "all": asked.query.all})
                links.append(f'</api/rooms/{quote(room)}/records?{target}>; rel="{rel}"')
        headers: Headers = (_NO_STORE, ("X-Log", session.log))
        if links:
            headers += (("Link", ", ".join(links)),)
        body = b"".join(line + b"\n" for _, line in answer.past)
        return Response(200, body, JSON_LINES, headers)

    async def stream(self, asked: Asked[InRoom, StreamQuery, StreamHeader, Nothing]) -> Response:
        """Follow what is said in a room."""
        room = self._room(asked.path.room)
        told = asked.header.last_event_id or asked.query.since or ""
        since = read_position(told)
        if told and since is None:
            raise RequestError("bad_request")
        session = self._session(self._caller(asked.request))
        recent = await self._enter(session, room, asked.header.room_key)
        if since is not None:
            # All that was said before the position has come behind it.
            await session.ask({"type": "ping"})
        following = Following(session, recent, since)
        headers: Headers = (_NO_STORE, ("X-Accel-Buffering", "no"))
        return Response(200, following.events(), CONTENT_TYPE, headers)

    async def members(self, asked: Asked[InRoom, ListQuery, Nothing, Nothing]) -> Response:
        """Tell who is in a room."""
        command = {
            "type": "who",
            "room": self._room(asked.path.room),
            "after": asked.query.after,
            "limit": asked.query.limit,
        }
        heard = (await self._session(self._caller(asked.request)).ask(command)).heard
        return _json(MembersTold(heard.room, heard.members, heard.count, heard.next, heard.topic))

    async def rooms(self, asked: Asked[Nothing, ListQuery, Nothing, Nothing]) -> Response:
        """Tell which rooms there are."""
        command = {"type": "rooms", "after": asked.query.after, "limit": asked.query.limit}
        heard = (await self._session(self._caller(asked.request)).ask(command)).heard
        rooms = msgspec.convert(heard.rooms, list[RoomOfList])
        return _json(RoomsTold(rooms, heard.count, heard.next))

    async def health(self, asked: Asked[Nothing, Nothing, Nothing, Nothing]) -> Response:  # noqa: ARG002 - the shape of all
        """Tell whether the chat answers."""
        good = await self._health.is_good()
        return _json(HealthTold("ok" if good else "unavailable"), 200 if good else 503)

    async def hook(self, asked: Asked[Hook, HookQuery, SayHeader, Nothing]) -> Response:
        """Say what a program posts in Slack's form."""
        try:
            payload = read_payload(asked.request.body, content_type(asked.request))
        except (msgspec.MsgspecError, ValueError):
            raise RequestError("bad_json") from None
        texts = texts_of(payload, self._settings.max_text)
        if not texts:
            raise RequestError("no_text")
        room = self._room(payload.channel or asked.query.room or DEFAULT_ROOM)
        try:
            caller = owner_of(asked.path.token, asked.request.peer)
        except Refusal as refusal:
            raise RequestError.of(refusal, self._translate) from None
        session = self._session(caller)
        await self._enter(session, room, asked.header.room_key)
        mark = asked.header.key or secrets.token_hex(12)
        for number, text in enumerate(texts):
            await session.say(room, text, f"{mark[: _LONGEST_MARK - 3]}.{number}" if number else mark)
        return Response(200, b"ok", TEXT, (_NO_STORE,))

    # What they have in common.

    def _caller(self, request: Request) -> Caller:
        try:
            return caller_of(request, self._secret, self._settings.max_name)
        except Refusal as refusal:
            raise RequestError.of(refusal, self._translate) from None

    def _room(self, name: str) -> str:
        try:
            return check_room(name, self._settings.max_name)
        except Refusal as refusal:
            raise RequestError.of(refusal, self._translate) from None

    def _session(self, caller: Caller) -> ChatSession:
        return self._pool.get(caller)

    async def _enter(self, session: ChatSession, room: str, key: str | None) -> Recent:
        try:
            return await session.enter(room, name_in(key or ""))
        except Refusal as refusal:
            raise RequestError.of(refusal, self._translate) from None


def content_type(request: Request) -> str:
    """Return the kind of a request's body, without its parameters."""
    return request.header("content-type").partition(";")[0].strip().lower()


async def _time_of(session: ChatSession, room: str, seq: int) -> str:
    """Return when something was said in a room; nothing if that can't be read there."""
    command = {"type": "history", "room": room, "after": max(0, seq - 1), "limit": 1}
    with suppress(RequestError):
        for found, line in (await session.ask(command)).past:
            return str(msgspec.json.decode(line)["at"]) if found == seq else ""
    return ""


def _json(told: msgspec.Struct, status: int = 200) -> Response:
    return Response(status, _encode(told) + b"\n", JSON, (_NO_STORE,))
