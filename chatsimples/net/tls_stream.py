"""A client's side of TLS, without I/O: bytes of the line in, what they say out, and the other way round.

All that has been received is decrypted at once. So nothing waits in it where whoever watches the socket would
not see it, and a socket by TLS is read, written and waited for like any other.
"""

from __future__ import annotations

import ssl
from contextlib import suppress

from chatsimples.net.trust import Tls

_MOST = 1 << 18


class TlsStream:
    """A connection's.

    Args:
        tls: whom it trusts.
        name: the server's, for which its certificate has to be.

    Attributes:
        ready: hands are shaken, and the server is one that is trusted: it can be written to.
        ended: the server has said its last word.
    """

    def __init__(self, tls: Tls, name: str) -> None:
        self.ready = False
        self.ended = False
        self._tls = tls
        self._received, self._to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = tls.context.wrap_bio(self._received, self._to_send, server_hostname=name)

    def shake(self, received: bytes = b"") -> bytes:
        """Go on with the handshake; return what is to be sent.

        Raises:
            UntrustedError: the server has another fingerprint; nothing has been said to it.
            ssl.SSLError: there is no TLS with it; `Tls.why` says why.
        """
        self._received.write(received)
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return self._to_send.read()
        self._tls.check(self._object)
        self.ready = True
        return self._to_send.read()

    def read(self, received: bytes | memoryview = b"") -> bytes:
        """Return what received bytes say, all of it; nothing if no record is complete.

        Raises:
            ssl.SSLError: they are not what the server wrote.
        """
        self._received.write(received)
        said = []
        try:
            while piece := self._object.read(_MOST):
                said.append(piece)
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            # Both have said that nothing more comes.
            self.ended = True
        return b"".join(said)

    def write(self, data: bytes | memoryview) -> bytes:
        """Return the bytes that say this."""
        self._object.write(data)
        return self._to_send.read()

    def end(self) -> bytes:
        """Return the bytes that say that nothing more comes."""
        # The server has not said the same yet, which need not be waited for.
        with suppress(ssl.SSLError):
            self._object.unwrap()
        return self._to_send.read()
