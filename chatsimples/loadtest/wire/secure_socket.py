"""A socket by TLS that is used like one without."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress

import msgspec

from chatsimples.errors import UntrustedError
from chatsimples.net.tls_stream import TlsStream
from chatsimples.net.trust import Tls

_RECORD = 16_384
"""Bytes that are said in one record of TLS at most."""

_RECORD_MORE = 512
"""What a record takes on the line besides."""

_GULP = 65_536


class Trust(msgspec.Struct, frozen=True):
    """Whom the load test's connections trust; see `Tls`.

    Attributes:
        name: the server's, for which its certificate has to be.
        ca, fingerprint: a file of issuers, the SHA-256 of one certificate.
    """

    name: str
    ca: str = ""
    fingerprint: str = ""


class Security:
    """The same within a process, for all of its sockets.

    Raises:
        SettingError: the file can't be read, or the fingerprint can't be one.
    """

    def __init__(self, trust: Trust) -> None:
        self.name = trust.name
        self.tls = Tls(trust.ca, trust.fingerprint)


class SecureSocket:
    """A socket by TLS.

    Args:
        sock: one that never waits.
        security: whom it trusts.
    """

    def __init__(self, sock: socket.socket, security: Security) -> None:
        self._sock = sock
        self._security = security
        self._stream = TlsStream(security.tls, security.name)
        # What a record takes that the socket has not taken whole, and for how many bytes it stands.
        self._unsent = b""
        self._stands_for = 0
        self.fileno = sock.fileno
        self.connect = sock.connect
        self.setsockopt = sock.setsockopt
        self.getsockopt = sock.getsockopt

    def shake(self) -> bool:
        """Go on with the handshake, once it is connected; tell whether it is done.

        Raises:
            ConnectionError: there is no TLS with whoever answers, or it is not trusted.
        """
        received = b""
        with suppress(BlockingIOError):
            received = self._sock.recv(_GULP)
            if not received:
                raise ConnectionError("it ended the connection in the handshake")
        try:
            self._unsent += self._stream.shake(received)
        except ssl.SSLError as error:
            raise ConnectionError(self._security.tls.why(error, self._security.name)) from None
        except UntrustedError as error:
            raise ConnectionError(str(error)) from None
        self._flush()
        return self._stream.ready

    def recv_into(self, buffer: bytearray) -> int:
        """Receive into a buffer of more than two records; return how many bytes, none at the end.

        Raises:
            BlockingIOError: there is nothing yet.
            OSError: the connection is broken.
        """
        # What was held back of a record that was not complete has room in it too.
        said = self.recv(len(buffer) - _RECORD - _RECORD_MORE)
        buffer[: len(said)] = said
        return len(said)

    def recv(self, most: int) -> bytes:
        """Receive what so many bytes of the line say, or complete; nothing at the end.

        Raises:
            BlockingIOError: there is nothing yet.
            OSError: the connection is broken.
        """
        received = self._sock.recv(most)
        if not received:
            return b""
        said = self._stream.read(received)
        if not said and not self._stream.ended:
            raise BlockingIOError
        return said

    def send(self, data: bytes) -> int:
        """Send data; return how many bytes are sent. The others have to come again, before any further ones.

        Raises:
            BlockingIOError: none are.
            OSError: the connection is broken.
        """
        sent = 0
        while sent < len(data) or self._unsent:
            if not self._unsent:
                piece = data[sent : sent + _RECORD]
                self._unsent, self._stands_for = self._stream.write(piece), len(piece)
            self._flush()
            if self._unsent:
                if not sent:
                    raise BlockingIOError
                return sent
            sent, self._stands_for = sent + self._stands_for, 0
        return sent

    def close(self) -> None:
        """Close it, with a goodbye if there is room for one."""
        with suppress(OSError):
            if self._stream.ready:
                self._sock.send(self._unsent + self._stream.end())
        self._sock.close()

    def _flush(self) -> None:
        with suppress(BlockingIOError):
            self._unsent = self._unsent[self._sock.send(self._unsent) :] if self._unsent else b""
