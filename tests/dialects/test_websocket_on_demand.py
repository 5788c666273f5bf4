"""WebSocket for a server that nobody may ever browse."""

from __future__ import annotations

import subprocess
import sys

import pytest
from dialects.wire import LIMITS
from support.waiting import DEADLINE
from web.heads import UPGRADE

from chatsimples.chat import effects
from chatsimples.dialects.websocket import WebSocketDialect
from chatsimples.dialects.websocket_on_demand import WebSocketOnDemand

DIALECT = WebSocketDialect(LIMITS, str, lambda: "a-secret-made-here")
ON_DEMAND = WebSocketOnDemand(LIMITS, str, lambda: "a-secret-made-here")
CAPABILITIES = ("name", "registers", "is_pinged", "echoes", "resumes", "warning")


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_it_can_do_what_the_dialect_can(capability: str) -> None:
    assert getattr(DIALECT, capability) == getattr(ON_DEMAND, capability)


def test_it_writes_what_the_dialect_writes() -> None:
    assert DIALECT.frame(b"{}\n{}\n") == ON_DEMAND.frame(b"{}\n{}\n")
    assert DIALECT.goodbye("quit") == ON_DEMAND.goodbye("quit")
    error = effects.Error("banned", {"why": "x"})
    assert DIALECT.reply(error) == ON_DEMAND.reply(error)
    assert ON_DEMAND.claims(UPGRADE) is False


def test_its_connections_are_parsed_as_the_dialects() -> None:
    assert DIALECT.parser_for(1, UPGRADE).take(9) == ON_DEMAND.parser_for(1, UPGRADE).take(9)
    assert DIALECT.parser(1).take(9) == ON_DEMAND.parser(1).take(9)


@pytest.mark.parametrize("module", ["server.acceptor.loop", "server.broadcaster.program"])
def test_before_the_first_connection_nothing_is_imported_for_it(module: str) -> None:
    script = f"import sys; import chatsimples.{module}; print('websockets' in sys.modules)"
    asked = [sys.executable, "-c", script]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=DEADLINE)
    assert "False" == done.stdout.strip()
