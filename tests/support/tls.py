"""Certificates made for a test, and clients that speak TLS."""

from __future__ import annotations

import datetime
import socket
import ssl
from pathlib import Path
from typing import NamedTuple

import trustme
from support.waiting import DEADLINE

PAST = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
LONG_PAST = datetime.datetime(2019, 1, 1, tzinfo=datetime.UTC)


class Pair(NamedTuple):
    """A certificate with its chain, and its key, as PEM files."""

    cert: Path
    key: Path

    @property
    def der(self) -> bytes:
        """The certificate itself."""
        first, end, _ = self.cert.read_text().partition("-----END CERTIFICATE-----")
        return ssl.PEM_cert_to_DER_cert(first + end)


class Authority:
    """Who issues certificates.

    Args:
        folder: for its files.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._issuer = trustme.CA()
        self.file = folder / "ca.pem"
        self._issuer.cert_pem.write_to_path(str(self.file))

    def issue(
        self, *names: str, file: str = "server", common_name: str | None = None, expired: bool = False
    ) -> Pair:
        """Issue a certificate, for this machine unless other names are given."""
        issued = self._issuer.issue_cert(
            *(names or ("localhost", "127.0.0.1", "::1")),
            common_name=common_name,
            not_before=LONG_PAST if expired else None,
            not_after=PAST if expired else None,
        )
        pair = Pair(self._folder / f"{file}.pem", self._folder / f"{file}.key")
        pair.cert.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(pair.key))
        return pair

    def context(self, own: Pair | None = None) -> ssl.SSLContext:
        """Make what a client that trusts it connects with, and perhaps with a certificate of its own."""
        context = ssl.create_default_context(cafile=str(self.file))
        if own is not None:
            context.load_cert_chain(own.cert, own.key)
        return context


def options(pair: Pair) -> tuple[str, ...]:
    """Return a server's options for TLS on a free port."""
    return ("--tls-port", "0", "--tls-cert", str(pair.cert), "--tls-key", str(pair.key))


def connect(port: int, context: ssl.SSLContext, name: str = "localhost") -> ssl.SSLSocket:
    """Connect to loopback by TLS; an end without a goodbye is an `ssl.SSLEOFError` there."""
    sock = socket.create_connection(("127.0.0.1", port), DEADLINE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        return context.wrap_socket(sock, server_hostname=name, suppress_ragged_eofs=False)
    except OSError:
        sock.close()
        raise
