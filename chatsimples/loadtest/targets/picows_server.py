"""Broadcasting by WebSocket as quickly as Python has it: picows, which is written in Cython.

What one says is sent to all at the same path, themselves among them. Nothing is kept, and what somebody has
not read waits in memory, without a bound.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

_BACKLOG = 4_096

_rooms: defaultdict[str, dict[WSTransport, None]] = defaultdict(dict)


class Member(WSListener):
    """One connection.

    Args:
        room: those at the same path.
    """

    def __init__(self, room: dict[WSTransport, None]) -> None:
        super().__init__()
        self._room = room

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Be in the room."""
        self._room[transport] = None

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Send what was said to all in the room."""
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
            return
        said = frame.get_payload_as_bytes()
        for member in self._room:
            member.send(WSMsgType.TEXT, said)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Be there no more."""
        self._room.pop(transport, None)


def _member(request: WSUpgradeRequest) -> Member:
    return Member(_rooms[request.path.decode()])


async def _serve(port: int) -> None:
    server = await ws_create_server(_member, "127.0.0.1", port, backlog=_BACKLOG)
    host, port = server.sockets[0].getsockname()
    print(f"listening on {host}:{port}", flush=True)  # noqa: T201 - whoever started it reads this
    await server.serve_forever()


def serve(port: int) -> None:
    """Serve on a port of loopback, for ever; 0 takes a free one. Prints where it listens."""
    uvloop.run(_serve(port))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Broadcasting by WebSocket, by picows.")
    parser.add_argument("--port", type=int, default=0, help="port on loopback; 0 takes a free one")
    serve(parser.parse_args().port)
