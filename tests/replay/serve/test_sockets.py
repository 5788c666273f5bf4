"""The connections of those who listen to a recorded chat."""

import errno
import socket

import pytest

from chatsimples.replay.serve.sockets import tune


def test_a_connection_does_not_block_and_sends_at_once():
    with socket.socket() as sock:
        tune(sock)
        assert not sock.getblocking()
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        with pytest.raises(OSError) as raised:
            sock.recv(1)
        assert raised.value.errno in {errno.ENOTCONN, errno.EAGAIN}
