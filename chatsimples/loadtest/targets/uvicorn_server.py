"""Broadcasting by WebSocket as most Python programs do it: uvicorn, with the library websockets.

What one says is sent to all at the same path, themselves among them, in one order. Nothing is kept, and
whoever reads slowly holds up the others. Compression and pings are off.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

_BACKLOG = 4_096
_LONGEST = 1 << 20

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]


class _Room:
    def __init__(self) -> None:
        self.members: dict[Send, None] = {}
        self.turn = asyncio.Lock()


_rooms: defaultdict[str, _Room] = defaultdict(_Room)


async def application(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    """Serve one connection, by ASGI."""
    if scope["type"] != "websocket":
        return
    room = _rooms[scope["path"]]
    await receive()
    await send({"type": "websocket.accept"})
    room.members[send] = None
    try:
        while (said := await receive())["type"] == "websocket.receive":
            message = {"type": "websocket.send", "text": said["text"]}
            async with room.turn:
                for member in list(room.members):
                    await _tell(member, message)
    finally:
        del room.members[send]


async def _tell(member: Send, message: Message) -> None:
    try:
        await member(message)
    except (OSError, RuntimeError):
        # It is gone; its own task sees that too, and takes it out.
        return


def serve(port: int) -> None:
    """Serve on a port of loopback, for ever; 0 takes a free one. Prints where it listens."""
    listener = socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
    host, port = listener.getsockname()
    config = uvicorn.Config(
        application, ws="websockets-sansio", ws_max_size=_LONGEST, ws_per_message_deflate=False,
        ws_ping_interval=None, ws_ping_timeout=None, lifespan="off", log_level="warning", access_log=False,
    )  # fmt: skip
    print(f"listening on {host}:{port}", flush=True)  # noqa: T201 - whoever started it reads this
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Broadcasting by WebSocket, by uvicorn.")
    parser.add_argument("--port", type=int, default=0, help="port on loopback; 0 takes a free one")
    serve(parser.parse_args().port)
