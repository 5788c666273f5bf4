"""Whom a client trusts: by issuer, by fingerprint, and what it says of the others."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.tls import Authority, Pair
from support.waiting import DEADLINE

from chatsimples.errors import SettingError, UntrustedError
from chatsimples.net.trust import Tls

Serve = Callable[..., int]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Give what shakes hands with one client, or answers it otherwise; it returns the port."""
    threads: list[threading.Thread] = []

    def begin(pair: Pair | None, answer: bytes = b"") -> int:
        listener = socket.create_server(("127.0.0.1", 0))

        def run() -> None:
            with listener, suppress(OSError):
                sock, _ = listener.accept()
                sock.settimeout(DEADLINE)
                with sock:
                    if pair is None:
                        sock.sendall(answer)
                        sock.recv(4_096)
                        return
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(pair.cert, pair.key)
                    with context.wrap_socket(sock, server_side=True) as tls:
                        tls.recv(1)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        port: int = listener.getsockname()[1]
        return port

    yield begin
    for thread in threads:
        thread.join(DEADLINE)


def shake_hands(tls: Tls, port: int, host: str = "localhost") -> str:
    """Shake hands as a client that trusts so; return why not, if not."""
    sock = socket.create_connection(("127.0.0.1", port), DEADLINE)
    with sock:
        try:
            with tls.context.wrap_socket(sock, server_hostname=host) as safe:
                tls.check(safe)  # type: ignore[arg-type] # it tells the same
        except UntrustedError as error:
            return str(error)
        except ssl.SSLError as error:
            return tls.why(error, host)
    return ""


def test_a_certificate_of_a_trusted_issuer_for_this_name_is_trusted(
    authority: Authority, serve: Serve
) -> None:
    assert "" == shake_hands(Tls(str(authority.file), ""), serve(authority.issue()))


def test_what_is_wrong_with_a_certificate_is_told(authority: Authority, serve: Serve, tmp_path: Path) -> None:
    trusting = Tls(str(authority.file), "")
    expired = serve(authority.issue(file="expired", expired=True))
    assert "its certificate has expired" == shake_hands(trusting, expired)
    other = serve(authority.issue("chat.example.org", file="other"))
    assert "its certificate is for another name than localhost" == shake_hands(trusting, other)
    assert "another name than 127.0.0.1" in shake_hands(
        trusting, serve(authority.issue("chat.example.org", file="other")), "127.0.0.1"
    )
    stranger = Authority(tmp_path / "stranger")
    assert "who issued its certificate is not trusted here" in shake_hands(trusting, serve(stranger.issue()))
    assert "see --ca and --fingerprint" in shake_hands(Tls("", ""), serve(stranger.issue()))


@pytest.mark.parametrize("written", [str.lower, str.upper, lambda text: ":".join(map("".join, pairs(text)))])
def test_one_certificate_is_trusted_by_its_fingerprint_whoever_issued_it(
    authority: Authority, serve: Serve, written: Callable[[str], str]
) -> None:
    pair = authority.issue("chat.example.org", expired=True)
    fingerprint = hashlib.sha256(pair.der).hexdigest()
    assert "" == shake_hands(Tls("", written(fingerprint)), serve(pair))


def pairs(text: str) -> list[tuple[str, str]]:
    return list(zip(text[::2], text[1::2], strict=True))


def test_another_fingerprint_is_told_with_the_one_that_was_found(authority: Authority, serve: Serve) -> None:
    pair = authority.issue()
    found = hashlib.sha256(pair.der).hexdigest()
    why = shake_hands(Tls("", "ab" * 32), serve(pair))
    assert f"its fingerprint is another one: {found}" == why


def test_with_an_issuer_and_a_fingerprint_both_have_to_be_right(
    authority: Authority, serve: Serve, tmp_path: Path
) -> None:
    pair = authority.issue()
    fingerprint = hashlib.sha256(pair.der).hexdigest()
    assert "" == shake_hands(Tls(str(authority.file), fingerprint), serve(pair))
    assert "another one" in shake_hands(Tls(str(authority.file), "ab" * 32), serve(pair))
    other = Authority(tmp_path / "other")
    assert "not trusted here" in shake_hands(Tls(str(other.file), fingerprint), serve(pair))


@pytest.mark.parametrize(
    "answer", [b"* Welcome to ChatSimples.\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x01\0\2\2\x46"]
)
def test_one_that_does_not_speak_tls_is_told(serve: Serve, answer: bytes) -> None:
    assert "it does not speak TLS; TLS has a port of its own" == shake_hands(
        Tls("", "ab" * 32), serve(None, answer)
    )


@pytest.mark.parametrize("fingerprint", ["ab", "xy" * 32, "ab" * 33])
def test_what_is_no_fingerprint_is_refused(fingerprint: str) -> None:
    with pytest.raises(SettingError, match="is no fingerprint"):
        Tls("", fingerprint)


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("not one")
    for path, words in ((tmp_path / "none.pem", "No such file"), (garbage, "can't be read")):
        with pytest.raises(SettingError, match=words):
            Tls(str(path), "")
        with pytest.raises(SettingError, match=words):
            Tls("", "", str(path))


def test_a_certificate_of_ones_own_is_shown(authority: Authority) -> None:
    own = authority.issue("ana@example.org", file="ana")
    Tls(str(authority.file), "", str(own.cert), str(own.key))
    both = own.cert.with_name("both.pem")
    both.write_text(own.cert.read_text() + own.key.read_text())
    Tls(str(authority.file), "", str(both))
