"""What docs/operating-a-public-server.md tells people to type and to write, tried as far as a test can."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from client.programs import PipedClient
from support.accounts import PASSWORD, make_account
from support.paths import ROOT
from support.server import Server
from support.waiting import DEADLINE

from chatsimples.config.base import make_settings
from chatsimples.config.server import ServerSettings

PAGE = (ROOT / "docs" / "operating-a-public-server.md").read_text("utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = BLOCKS[0][1].splitlines()


def block(kind: str, words: str) -> str:
    """Return the block of a kind in which these words stand."""
    return next(text for each, text in BLOCKS if each == kind and words in text)


def openssl(folder: Path, words: str) -> None:
    """Run the openssl commands of the block in which these words stand."""
    lines = block("sh", words).replace("\\\n", "").splitlines()
    for line in (line for line in lines if line.startswith("openssl")):
        subprocess.run(line, shell=True, cwd=folder, check=True, capture_output=True, timeout=DEADLINE)


def test_there_are_ten_commands_and_root_alone_reads_what_root_alone_may() -> None:
    assert [str(number) for number in range(1, 11)] == [line.rpartition("# ")[2] for line in COMMANDS]
    # A pattern is expanded before sudo, by somebody who may not look into that folder.
    assert not [line for line in COMMANDS if "/etc/letsencrypt" in line and "*" in line]


def test_the_settings_of_the_page_are_settings_of_the_server() -> None:
    table = tomllib.loads(block("toml", "tls_cert"))
    settings = make_settings(ServerSettings, table["server"])
    assert ("accounts", "127.0.0.1") == (settings.access, settings.host)


def test_the_hook_puts_certificates_where_the_settings_look_for_them(tmp_path: Path) -> None:
    live, there = tmp_path / "live", tmp_path / "there"
    live.mkdir()
    there.mkdir()
    for name in ("fullchain.pem", "privkey.pem"):
        (live / name).write_text(name)
    hook = block("sh", "#!/bin/sh").replace("/etc/letsencrypt/live/chat.example.org", str(live))
    hook = hook.replace("/var/lib/chatsimples", str(there)).replace(" -o chatsimples", "")
    file = tmp_path / "hook"
    file.write_text(hook)
    for _ in range(2):
        subprocess.run(["/bin/sh", "-e", str(file)], check=True, timeout=DEADLINE)
    server = tomllib.loads(block("toml", "tls_cert"))["server"]
    for path in (server["tls_cert"], server["tls_key"]):
        assert 0o600 == (there / Path(path).name).stat().st_mode & 0o777


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_the_unit_of_the_page_is_one_for_systemd(tmp_path: Path) -> None:
    unit = tmp_path / "chatsimples.service"
    unit.write_text(block("ini", "ExecStart").replace("/opt/chatsimples/bin/chatsimples", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )
    assert (0, "") == (
        done.returncode,
        "\n".join(line for line in done.stderr.splitlines() if unit.name in line),
    )


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")
def test_a_person_logs_in_by_what_openssl_makes_as_the_page_says(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    openssl(tmp_path, "-keyout key.pem")
    openssl(tmp_path, "-keyout ca.key")
    make_account(tmp_path / "logs", "ana")
    options = ["--access", "accounts", "--tls-port", "0", "--tls-cert", str(tmp_path / "cert.pem")]
    options += ["--tls-key", str(tmp_path / "key.pem"), "--tls-client-ca", str(tmp_path / "ca.pem")]
    server = start_server(*options, logs=tmp_path / "logs")
    fingerprint = subprocess.run(
        block("sh", "-fingerprint -sha256").split(), cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.strip().partition("=")[2]  # fmt: skip
    address = f"chatsimples+tls://localhost:{server.tls_port}"
    own = ("--cert", str(tmp_path / "ana.pem"), "--key", str(tmp_path / "ana.key"))
    for number, (trust, proof) in enumerate((
        (("--ca", str(tmp_path / "cert.pem")), ("--password-stdin",)),
        (("--fingerprint", fingerprint), ("--password-stdin",)),
        (("--ca", str(tmp_path / "cert.pem")), own),
    )):  # fmt: skip
        client = PipedClient(tmp_path / str(number), server.port, "--account", "ana", *trust, *proof, address)
        client.type(*([PASSWORD] if proof[0] == "--password-stdin" else []), f"oi {number}")
        client.end_input()
        assert 0 == client.wait(), client.errors
    said = server.transcript.having(type="message")
    assert [("ana", f"oi {number}") for number in range(3)] == [
        (each.said["nick"], each.said["text"]) for each in said
    ]
