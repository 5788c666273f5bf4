"""Who makes a request of the API: the owner of a token, or a guest who says how to call them."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from urllib.parse import unquote

import msgspec

from chatsimples.chat.names import check_nick, name_key
from chatsimples.errors import Refusal
from chatsimples.net.peers import Peer
from chatsimples.server.web.messages import Request

_SESSION = b"chatsimples: session of the HTTP API"
_LONGEST_TOKEN = 256
_SCHEME = "bearer"


class Caller(msgspec.Struct, frozen=True):
    """Somebody whose requests belong together.

    All that is derived from the same token, or from the same nick and network, is the same in every process:
    so a request that is made again after a fault is known again, wherever it comes.

    Attributes:
        key: tells callers apart, and nothing of a secret.
        session: the secret of their session in the chat.
        peer: in whose name the connection to the chat is made.
        token: what logs them in; empty for a guest.
        nick: how a guest is called; empty with a token.
    """

    key: str
    session: str
    peer: Peer
    token: str = ""
    nick: str = ""

    def hello(self, nick: str) -> dict[str, Any]:
        """Return the fields of a hello by which the chat knows them; with this nick, if there is one."""
        fields: dict[str, Any] = {"type": "hello", "session": self.session}
        if self.token:
            fields["token"] = self.token
        if nick or self.nick:
            fields["nick"] = nick or self.nick
        return fields


def caller_of(request: Request, secret: bytes, longest_nick: int) -> Caller:
    """Return who makes a request.

    Args:
        request: the request.
        secret: of this server; sessions of guests are derived from it.
        longest_nick: characters in a nick; 0 for no bound.

    Raises:
        Refusal: nobody is named, or in a way that can't be.
    """
    scheme, _, token = request.header("authorization").strip().partition(" ")
    if scheme:
        if scheme.lower() != _SCHEME:
            raise Refusal("login_failed")
        return owner_of(token.strip(), request.peer)
    nick = name_in(request.header("x-nick"))
    if not nick:
        raise Refusal("login_required")
    nick = check_nick(nick, longest_nick)
    who = f"{request.peer.network}\n{name_key(nick)}"
    session = hmac.new(secret, _SESSION + who.encode(), hashlib.sha256).hexdigest()
    return Caller(f"guest {who}", session, request.peer, nick=nick)


def owner_of(token: str, peer: Peer) -> Caller:
    """Return the owner of a token, whether that is one or not: the chat knows.

    Raises:
        Refusal: it can't be one.
    """
    if not token.isascii() or not token.isprintable() or not 0 < len(token) <= _LONGEST_TOKEN:
        raise Refusal("login_failed")
    # Whoever reads the record sees a hash of the session's secret: it must not lead to the token.
    session = hmac.new(token.encode(), _SESSION, hashlib.sha256).hexdigest()
    return Caller(f"token {hashlib.sha256(token.encode()).hexdigest()}", session, peer, token=token)


def name_in(value: str) -> str:
    """Return a name or key that a header holds: in UTF-8, or percent-encoded.

    Raises:
        Refusal: it is neither.
    """
    try:
        return unquote(value.encode("latin-1").decode("utf-8"), errors="strict")
    except UnicodeError:
        raise Refusal("bad_utf8") from None
