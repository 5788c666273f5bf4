"""Certificates: which can be used, what is spoken with them, and for how long."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest
from support.tls import Authority, Pair

from chatsimples.errors import StartError
from chatsimples.server.tls.certificates import PROTOCOLS, Files, days_left, make_context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def files(pair: Pair, client_ca: str = "") -> Files:
    return Files(str(pair.cert), str(pair.key), client_ca)


def test_what_is_spoken_is_safe_and_nothing_is_kept_of_it(authority: Authority) -> None:
    context = make_context(files(authority.issue()))
    assert ssl.TLSVersion.TLSv1_2 == context.minimum_version
    assert 0 == context.num_tickets
    for option in (ssl.OP_NO_RENEGOTIATION, ssl.OP_NO_TICKET, ssl.OP_NO_COMPRESSION):
        assert context.options & option
    assert all(
        each["aead"] and ("ECDHE" in each["name"] or each["protocol"] == "TLSv1.3")
        for each in context.get_ciphers()
    )
    assert ssl.CERT_NONE == context.verify_mode
    assert "chatsimples" in PROTOCOLS


def test_with_an_issuer_of_theirs_clients_may_show_a_certificate(authority: Authority) -> None:
    context = make_context(files(authority.issue(), str(authority.file)))
    assert ssl.CERT_OPTIONAL == context.verify_mode


def test_it_is_found_out_for_how_long_a_certificate_is_right(authority: Authority) -> None:
    pair = authority.issue()
    assert 0 < days_left(make_context(files(pair)), files(pair))
    until = subprocess.run(
        ["openssl", "x509", "-noout", "-enddate", "-in", str(pair.cert)],
        capture_output=True, encoding="utf-8", check=True,
    ).stdout.partition("=")[2].strip()  # fmt: skip
    end = ssl.cert_time_to_seconds(until)
    assert 3 == days_left(make_context(files(pair)), files(pair), now=end - 3 * 86_400)


def test_one_that_is_not_right_now_has_no_days_left(authority: Authority) -> None:
    pair = authority.issue(expired=True)
    assert 0 > days_left(make_context(files(pair)), files(pair))


def test_what_cannot_be_used_is_told_with_its_file(authority: Authority, tmp_path: Path) -> None:
    pair, other = authority.issue(), authority.issue(file="other")
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("not one")
    missing = tmp_path / "missing.pem"
    for wrong, words in (
        (Files(str(pair.cert), str(other.key)), f"the key {other.key} is not that of the certificate"),
        (Files(str(garbage), str(pair.key)), "it is not in PEM form"),
        (Files(str(missing), str(pair.key)), f"{missing} can't be read: No such file"),
        (Files(str(pair.cert), str(missing)), f"{missing} can't be read: No such file"),
        (files(pair, str(missing)), f"{missing} can't be read: No such file"),
        (files(pair, str(garbage)), f"{garbage} holds no certificate"),
    ):
        with pytest.raises(StartError) as raised:
            make_context(wrong)
        assert words in str(raised.value)


def test_a_key_with_a_password_is_refused_instead_of_asking_for_it(
    authority: Authority, tmp_path: Path
) -> None:
    pair = authority.issue()
    locked = tmp_path / "locked.key"
    subprocess.run(
        ["openssl", "ec", "-aes128", "-passout", "pass:x", "-in", str(pair.key), "-out", str(locked)],
        check=True, capture_output=True,
    )  # fmt: skip
    with pytest.raises(StartError, match="it is encrypted"):
        make_context(Files(str(pair.cert), str(locked)))
