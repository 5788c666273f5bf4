"""What a server of each kind makes of what it is sent: the bytes that a reader receives."""

from __future__ import annotations

from chatsimples.chat.records import Record, to_line
from chatsimples.loadtest.wire.protocols import PROTOCOLS, Protocol

TAG = "q7"
AT = "2026-03-01T12:34:56.789012Z"


def protocol(name: str, rooms: int = 1) -> Protocol:
    return PROTOCOLS[name](TAG, rooms)


def unit(kind: Protocol, said: bytes, seq: int = 1) -> bytes:
    """Give what a reader of the first room receives when a text is said in it."""
    nick, room = f"s{seq % 3}{kind.tag}", kind.rooms[0]
    match kind.name:
        case "text":
            return b"%s: %s\n" % (nick.encode(), said)
        case "json" | "websocket":
            # The first record of a connection says more than those after.
            dialect, identity = (kind.name, "9f86d081") if seq < 3 else ("", "")
            record = Record(
                seq, AT, "message", conn=4, nick=nick, room=room, text=said.decode(), dialect=dialect,
                identity=identity,
            )  # fmt: skip
            return to_line(record)
        case "course" | "uvicorn" | "picows":
            return said + b"\n"
        case "redis":
            name = room.encode()
            return b"*3\r\n$7\r\nmessage\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n" % (len(name), name, len(said), said)
        case "nats":
            return b"MSG %s 1 %d\r\n%s\r\n" % (room.encode(), len(said), said)
    # InspIRCd leaves the colon out where a text is one word.
    colon = b":" if seq % 2 else b""
    return b":%s!u@127.0.0.1 PRIVMSG #%s %s%s\r\n" % (nick.encode(), room.encode(), colon, said)


def noise(kind: Protocol, seq: int = 1) -> bytes:
    """Give what all readers of the first room receive when somebody comes or goes; nothing if they do not."""
    room = kind.rooms[0]
    match kind.name:
        case "text":
            return f"* v{seq} entrou em {room}\n".encode()
        case "json" | "websocket":
            return to_line(Record(seq, AT, "join", conn=9, nick=f"v{seq}", room=room))
        case "irc" | "inspircd" | "ngircd":
            what = (f"JOIN :#{room}", f"PART #{room}", "QUIT :Client exited")[seq % 3]
            return f":v{seq}!u@127.0.0.1 {what}\r\n".encode()
    return b""


_OF_IRC = (b"PING :irc.local\r\n", b":irc.local 366 r0 #carga :End of /NAMES list.\r\n")

STRAYS = {
    "json": (
        b'{"type":"ping"}\n',
        to_line(Record(1, AT, "hello", conn=4, nick="r4", dialect="json", identity="9f86d081")),
        to_line(Record(9, AT, "bye", conn=4, nick="r4", reason="kicked")),
    ),
    "websocket": (
        b"PING\n",
        to_line(Record(1, AT, "hello", conn=4, nick="r4", dialect="websocket", identity="9f86d081")),
        to_line(Record(9, AT, "bye", conn=4, nick="r4", reason="kicked")),
    ),
    "uvicorn": (b"PING\n",),
    "picows": (b"PING\n",),
    "nats": (b"PING\r\n", b'INFO {"server_id":"N","connect_urls":["127.0.0.1:4222"]}\r\n'),
    **dict.fromkeys(("irc", "inspircd", "ngircd"), _OF_IRC),
}
"""What one connection alone may get at any time."""

FOREIGN = b"!! what nobody sent\r\n"
