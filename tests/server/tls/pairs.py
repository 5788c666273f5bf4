"""A client and a server's side of TLS, on a pair of sockets."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from pathlib import Path

from support.tls import Authority
from support.waiting import DEADLINE

from chatsimples.server.tls.certificates import Files, make_context


def contexts(folder: Path, *, with_certificate: bool = False) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a client's and a server's context."""
    authority = Authority(folder)
    pair = authority.issue()
    own = authority.issue("ana@example.org", file="ana", common_name="ana") if with_certificate else None
    ca = str(authority.file) if with_certificate else ""
    return authority.context(own), make_context(Files(str(pair.cert), str(pair.key), ca))


def sockets(client: ssl.SSLContext, server: ssl.SSLContext) -> tuple[ssl.SSLSocket, ssl.SSLSocket]:
    """Make the two ends, with no handshake yet; neither waits."""
    listener = socket.create_server(("127.0.0.1", 0))
    with listener:
        theirs = socket.create_connection(listener.getsockname(), DEADLINE)
        ours, _ = listener.accept()
    for each in (ours, theirs):
        each.setblocking(False)
    return (
        client.wrap_socket(theirs, server_hostname="localhost", do_handshake_on_connect=False,
                           suppress_ragged_eofs=False),
        server.wrap_socket(ours, server_side=True, do_handshake_on_connect=False,
                           suppress_ragged_eofs=False),
    )  # fmt: skip


def shake(end: ssl.SSLSocket) -> bool:
    """Go on with a handshake; tell whether it is done."""
    with suppress(ssl.SSLWantReadError):
        end.do_handshake()
        return True
    return False
