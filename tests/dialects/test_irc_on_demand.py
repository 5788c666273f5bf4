"""IRC for a server to which nobody may ever speak it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from dialects.wire import LIMITS
from support.waiting import DEADLINE

from chatsimples.chat import effects
from chatsimples.chat.records import Record
from chatsimples.dialects.irc import IrcDialect
from chatsimples.dialects.irc_on_demand import IrcOnDemand
from chatsimples.irc import marks
from chatsimples.irc.marks import Mark
from chatsimples.irc.server import Bounds, Server

SERVER = Server(
    "host", "LOG", "v1", "All is recorded.", Bounds(LIMITS.max_text, LIMITS.max_name, LIMITS.max_rooms)
)
DIALECT = IrcDialect(SERVER, LIMITS, str, lambda: "a-secret-made-here")
ON_DEMAND = IrcOnDemand(LIMITS, str, lambda: "a-secret-made-here", "All is recorded.", "host", "LOG", "v1")


@pytest.mark.parametrize(
    "capability", ["name", "registers", "is_pinged", "echoes", "resumes", "warning", "merges"]
)
def test_it_can_do_what_the_dialect_can(capability: str) -> None:
    assert getattr(DIALECT, capability) == getattr(ON_DEMAND, capability)


def test_it_writes_what_the_dialect_writes() -> None:
    record = Record(1, "", "message", 7, "ana", room="x", text="oi")
    error = effects.Error("nick_in_use", {"nick": "x"})
    mark = marks.pack(Mark("MOTD"))
    for one, other in ((DIALECT, ON_DEMAND), (DIALECT.styled(4), ON_DEMAND.styled(4))):
        assert one.render(record, b"") == other.render(record, b"")
        assert one.merge(record) == other.merge(record)
        assert one.reply(error, "ana") == other.reply(error, "ana")
        assert one.respond(mark, "ana", []) == other.respond(mark, "ana", [])
        assert one.notice("oi") == other.notice("oi")
        assert one.goodbye("quit") == other.goodbye("quit")
        assert one.frame(b"x") == other.frame(b"x")


def test_its_connections_are_parsed_as_the_dialects() -> None:
    one, other = DIALECT.parser(1), ON_DEMAND.parser(1)
    for parser in (one, other):
        parser.feed(b"NICK ana\r\nUSER ana 0 * :Ana\r\nPING x\r\n")
    assert one.take(9) == other.take(9)


@pytest.mark.parametrize(
    ("first", "claim"),
    [
        (b"CAP LS", True), (b"NICK a", True), (b"USER ", True), (b"PASS x", True), (b"PING ", True),
        (b"AUTHENTICATE ", True), (b"QUIT\r\n", True), (b"QUIT\n", True), (b"QUIT :x", True),
        (b"", None), (b"C", None), (b"NICK", None), (b"QUIT", None), (b"QUIT ", None), (b"QUIT\r", None),
        (b"CAPTAIN", False), (b"NICKEL", False), (b"QUITE so", False), (b"QUIT now", False),
        (b"nick a", False), (b"WEBIRC x", True), (b"JOIN #x", False), (b"\n\n", False),
        (b"QUIT\n\n", True), (b"CAP\n\n", False),
    ],
)  # fmt: skip
def test_the_first_command_tells_it(first: bytes, claim: bool | None) -> None:
    assert claim is ON_DEMAND.claims(first)
    assert DIALECT.claims(first) is False


@pytest.mark.parametrize("module", ["server.acceptor.loop", "server.broadcaster.program"])
def test_before_the_first_connection_nothing_is_imported_for_it(module: str) -> None:
    script = f"import sys; import chatsimples.{module}; print('chatsimples.irc.message' in sys.modules)"
    asked = [sys.executable, "-c", script]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=DEADLINE)
    assert "False" == done.stdout.strip()
