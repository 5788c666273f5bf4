"""A certificate for the test's own server, made for one run and then thrown away."""

from __future__ import annotations

from pathlib import Path

import msgspec

from chatsimples.errors import TargetError
from chatsimples.loadtest.wire.secure_socket import Trust

NAME = "localhost"
"""For whom it is."""


class Certificate(msgspec.Struct, frozen=True):
    """A server's.

    Attributes:
        cert, key: PEM files.
        trust: who connects trusts this one's issuer alone.
    """

    cert: str
    key: str
    trust: Trust


def make_certificate(folder: Path) -> Certificate:
    """Make a certificate, by an issuer made for it; its files stand in a folder.

    Raises:
        TargetError: what makes certificates is not installed.
    """
    try:
        import trustme  # noqa: PLC0415 - it takes a tenth of a second, and most load tests speak no TLS
    except ModuleNotFoundError as error:
        raise TargetError(
            f"a certificate is made with {error.name}; install it with: pip install 'chatsimples[loadtest]', "
            "or name a server that runs already (--server chatsimples+tls://HOST:PORT)"
        ) from None
    issuer = trustme.CA()
    made = issuer.issue_cert(NAME)
    cert, key, issuers = folder / "server.pem", folder / "server.key", folder / "issuer.pem"
    cert.write_bytes(b"".join(each.bytes() for each in made.cert_chain_pems))
    key.touch(mode=0o600)
    key.write_bytes(made.private_key_pem.bytes())
    issuer.cert_pem.write_to_path(str(issuers))
    return Certificate(str(cert), str(key), Trust(NAME, ca=str(issuers)))
