"""The opening handshake of a WebSocket, the server's side (RFC 6455, section 4.2). No I/O.

Whether the request may come at all (its path, Host and Origin) has been decided before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

SUBPROTOCOL = Subprotocol("chatsimples.v1")
"""The subprotocol that is spoken; a client may leave it out."""


class Answer(NamedTuple):
    """What a request for a WebSocket is answered.

    Attributes:
        data: the response, to be written as it is.
        accepted: whether the connection is a WebSocket from there on; else it is to be closed.
    """

    data: bytes
    accepted: bool


def answer(head: bytes) -> Answer:
    """Answer the request with this head, from its first line up to and with the empty one.

    No extension is accepted: without compression a message is the same bytes for everybody.
    """
    protocol = ServerProtocol(select_subprotocol=_select)
    first, *lines = head.split(b"\r\n")
    # A browser's cookies for this host are not ours to take apart, and may be long.
    kept = [line for line in lines if line.lower().startswith(_HEADERS)]
    protocol.receive_data(b"\r\n".join((first, *kept, b"", b"")))
    events = protocol.events_received()
    if events and isinstance(events[0], Request):
        response = protocol.accept(events[0])
        # The same request has the same answer; nobody needs the time of it.
        del response.headers["Date"]
        return Answer(response.serialize(), response.status_code == _SWITCHING)
    return Answer(_BAD_REQUEST, accepted=False)


_SWITCHING = 101
_HEADERS = (b"connection:", b"host:", b"upgrade:", b"sec-websocket-")
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def _select(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return SUBPROTOCOL if SUBPROTOCOL in offered else None
