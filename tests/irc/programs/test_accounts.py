"""irssi and WeeChat log in with SASL, by TLS: they are their accounts on record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.accounts import PASSWORD, make_account
from support.irc_programs import irssi, weechat
from support.server import Server, running_server
from support.tls import Authority, options
from support.waiting import eventually


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "logs").mkdir()
    for name in ("ana", "bia"):
        make_account(folder / "logs", name)
    pair = Authority(folder / "tls").issue()
    with running_server(folder, *options(pair), "--access", "accounts") as running:
        yield running


def account_of(server: Server, nick: str) -> str:
    """Wait until somebody with a nick is there; return the account as which they were logged in."""

    def hello() -> list[str]:
        records = (each.said for each in server.transcript.entries if "hello" == each.type)
        return [each.get("account", "guest") for each in records if nick == each["nick"]]

    return str(eventually(hello, f"{nick} is there")[0])


def test_irssi_is_its_account(server: Server, tmp_path: Path) -> None:
    sasl = f'sasl_mechanism = "PLAIN"; sasl_username = "ana"; sasl_password = "{PASSWORD}";'
    with irssi(
        tmp_path / "irssi", server.tls_port, "ana", 'use_tls = "yes"; tls_verify = "no";', sasl
    ) as ana:
        ana.is_welcome()
        assert "ana" == account_of(server, "ana")


def test_weechat_is_its_account(server: Server, tmp_path: Path) -> None:
    asked = (
        # Version 3.8 says ssl where later ones say tls; an unknown option is told and passed over.
        "/set irc.server.local.ssl on",
        "/set irc.server.local.ssl_verify off",
        "/set irc.server.local.tls on",
        "/set irc.server.local.tls_verify off",
        "/set irc.server.local.sasl_mechanism plain",
        "/set irc.server.local.sasl_username bia",
        f"/set irc.server.local.sasl_password {PASSWORD}",
    )
    with weechat(tmp_path / "weechat", server.tls_port, "bia", asked) as bia:
        bia.is_welcome()
        assert "bia" == account_of(server, "bia")


def test_whoever_has_no_account_is_told_and_is_not_on_record(server: Server, tmp_path: Path) -> None:
    with irssi(tmp_path / "irssi", server.port, "intruso") as stranger:
        stranger.sees("account")
    assert "intruso" not in {each.said.get("nick") for each in server.transcript.entries}
