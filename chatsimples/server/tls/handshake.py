"""The handshake of a client that has come: what it needs to go on, and what it tells."""

from __future__ import annotations

import hashlib
import selectors
import ssl
from collections.abc import Mapping
from typing import Any

from chatsimples.net.peers import Peer, TlsFacts


class Handshake:
    """A handshake. It never waits: `wants` tells for what the loop has to.

    Args:
        tls: the client's socket; it is owned by whoever goes on with it.
        peer: the client.
        since: the time at which it came.

    Attributes:
        peer: the client; when it is done, with what TLS tells of it.
        wants: for what of the socket it waits.
        failed: why there is no handshake; empty if there may be one.
    """

    __slots__ = ("failed", "peer", "since", "tls", "wants")

    def __init__(self, tls: ssl.SSLSocket, peer: Peer, since: float) -> None:
        self.tls = tls
        self.peer = peer
        self.since = since
        self.wants = selectors.EVENT_READ
        self.failed = ""

    def go_on(self) -> bool:
        """Go on as far as it can; tell whether it is done."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            self.wants = selectors.EVENT_READ
        except ssl.SSLWantWriteError:
            self.wants = selectors.EVENT_WRITE
        except (OSError, ValueError) as error:
            self.failed = _why(error)
        else:
            peer = self.peer
            self.peer = Peer(peer.address, peer.network, peer.is_local, _facts(self.tls))
            return True
        return False


def _facts(tls: ssl.SSLSocket) -> TlsFacts:
    version = tls.version() or ""
    der = tls.getpeercert(binary_form=True)
    if not der:
        return TlsFacts(version)
    return TlsFacts(version, hashlib.sha256(der).hexdigest(), _common_name(tls.getpeercert() or {}))


def _common_name(certificate: Mapping[str, Any]) -> str:
    names = [value for part in certificate["subject"] for name, value in part if name == "commonName"]
    return str(names[0]) if len(names) == 1 and names[0].isprintable() else ""


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not right: {error.verify_message}"
    if isinstance(error, ssl.SSLEOFError):
        return "it has ended"
    if isinstance(error, ssl.SSLError):
        return (error.reason or "it is no TLS").replace("_", " ").lower()
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
