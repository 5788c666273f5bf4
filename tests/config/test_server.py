"""The server's settings: safe as they are, and every limit can be switched off."""

from __future__ import annotations

from chatsimples.config.base import describe, make_settings
from chatsimples.config.server import ServerSettings


def test_the_server_listens_on_this_machine_alone_until_told_otherwise() -> None:
    assert "127.0.0.1" == ServerSettings().host


def test_every_limit_that_can_be_off_is_switched_off_by_0() -> None:
    limits = [each.name for each in describe(ServerSettings) if "; 0: off" in each.help]
    assert {"message_rate", "connections_per_address", "max_line", "max_text"} <= set(limits)
    off = make_settings(ServerSettings, dict.fromkeys(limits, 0))
    assert {0} == {getattr(off, name) for name in limits}
