"""A certificate that is made for the test's own server."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

import pytest

from chatsimples.errors import TargetError
from chatsimples.loadtest.targets.certificates import make_certificate


def test_it_is_this_machines_and_its_key_is_nobody_elses(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.cert, made.key)
    assert 0o600 == Path(made.key).stat().st_mode & 0o777
    assert ("localhost", "") == (made.trust.name, made.trust.fingerprint)
    ssl.create_default_context(cafile=made.trust.ca)


def test_without_what_makes_one_it_is_said_how_to_get_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(TargetError, match=r"made with trustme; install it with: pip install"):
        make_certificate(tmp_path)
