"""What TLS is spoken with: the server's certificate and key, and whose client certificates are believed."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

import msgspec

from chatsimples.errors import StartError

PROTOCOLS = ["chatsimples", "http/1.1"]
"""What clients may name (ALPN): the chat's own dialects, and HTTP, which the port answers."""

# Forward secrecy and authenticated encryption; those of TLS 1.3 are all so.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
_PER_DAY = 86_400
_EXPIRED, _NOT_YET_VALID = 10, 9
_STEPS = 10


class Files(msgspec.Struct, frozen=True):
    """Where the files are, in PEM form.

    Attributes:
        cert: the server's certificate, and behind it those that lead to one that clients know.
        key: its key.
        client_ca: who issues clients' certificates; empty if none are asked for.
    """

    cert: str
    key: str
    client_ca: str = ""


def make_context(files: Files) -> ssl.SSLContext:
    """Make what connections are served with.

    Sessions are not resumed. A chat's connections last for hours; what would be saved is saved when all come
    back at once because this process has ended, and then the keys of all tickets are gone with it.

    Raises:
        StartError: a file can't be read, or does not fit.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET
    context.num_tickets = 0
    context.set_alpn_protocols(PROTOCOLS)
    for path in (files.cert, files.key, files.client_ca):
        _check_readable(path)
    try:
        context.load_cert_chain(files.cert, files.key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        raise StartError(_why_unfit(files, error)) from None
    if files.client_ca:
        try:
            context.load_verify_locations(files.client_ca)
        except ssl.SSLError as error:
            raise StartError(f"{files.client_ca} holds no certificate: {_reason(error)}") from None
        # Whoever shows none is served too; one that is shown has to be right.
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def days_left(context: ssl.SSLContext, files: Files, now: float | None = None) -> float:
    """Tell for how many days the certificate will be right; less than 0: it is not.

    It is found out as a client would: by a handshake, which also shows that there can be one.

    Args:
        context: made from the files.
        files: the files.
        now: the time, in seconds since 1970.

    Raises:
        StartError: there can't be one.
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.load_verify_locations(files.cert)
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        certificate = _meet(client, context)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in {_EXPIRED, _NOT_YET_VALID}:
            return -1.0
        raise StartError(f"the certificate {files.cert} can't be used: {error.verify_message}") from None
    except ssl.SSLError as error:
        raise StartError(f"the certificate {files.cert} can't be used: {_reason(error)}") from None
    until = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return (until - (time.time() if now is None else now)) / _PER_DAY


def _meet(client: ssl.SSLContext, server: ssl.SSLContext) -> dict[str, object]:
    """Let the two shake hands in memory; return what the client gets to know of the server."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True))
    done = [False, False]
    for _ in range(_STEPS):
        for which, end in enumerate(ends):
            if not done[which]:
                try:
                    end.do_handshake()
                    done[which] = True
                except ssl.SSLWantReadError:
                    continue
        if all(done):
            break
    return dict(ends[0].getpeercert() or {})


def _check_readable(path: str) -> None:
    if not path:
        return
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise StartError(f"{path} can't be read: {error.strerror or error}") from None


def _no_password() -> str:
    # Otherwise it would be asked for at the terminal.
    raise ValueError("it is encrypted")


def _why_unfit(files: Files, error: ssl.SSLError | ValueError) -> str:
    if isinstance(error, ssl.SSLError) and error.reason == "KEY_VALUES_MISMATCH":
        return f"the key {files.key} is not that of the certificate {files.cert}"
    if not isinstance(error, ssl.SSLError):
        return f"the key {files.key} can't be used: {error}"
    return f"the certificate {files.cert} with the key {files.key} can't be used: {_reason(error)}"


def _reason(error: ssl.SSLError) -> str:
    # Errors of reading have no reason of their own: it is no PEM.
    return error.reason.replace("_", " ").lower() if error.reason else "it is not in PEM form"
