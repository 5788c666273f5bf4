"""Whatever bytes come, each parser gives commands and clean faults, and nothing else.

1. What comes out are commands that can travel to the broadcaster; what they carry holds no control character.
2. Every refusal has a code that is known, and a text in every dialect.
3. What is held is bounded, by the longest line or by what tells the dialect.
4. The same bytes give the same commands, however they are cut.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, get_args

import msgspec
import pytest
from faults.fuzzing import corpus, pieces, spoiled
from support.effort import rounds

from chatsimples.chat import commands, effects
from chatsimples.dialects.attempts import Finding
from chatsimples.dialects.base import InputLimits, Parser
from chatsimples.dialects.every import every_dialect
from chatsimples.dialects.websocket_frames import FRAMING_BYTES
from chatsimples.net.peers import Peer
from chatsimples.server.worker.conditions import READ, Condition
from chatsimples.server.worker.connection import WorkerConnection
from chatsimples.server.worker.context import Context
from chatsimples.server.worker.ledger import Ledger
from chatsimples.server.worker.pacing import Pace
from chatsimples.server.worker.timers import Timers

LIMITS = InputLimits(max_line=4_000, max_text=1_000, max_name=32)
DIALECTS = every_dialect(LIMITS, str, lambda: "made-for-this-client")
PAUSE = b"~"
"""Where pauses matter, this stands for one of 0.3 s. Two of them make a visitor of whoever was silent."""

_READ_BYTES = 65_536
_UNTOLD = 8_300
"""Bytes after which the dialect is always told."""

Commands = list[commands.Command]
Understand = Callable[[bytes, random.Random | None], Commands]


def cut(data: bytes, chance: random.Random | None) -> Iterable[bytes]:
    return [data] if chance is None else pieces(data, chance)


def all_taken(parser: Parser) -> Commands:
    """Take all commands that are complete; an attempt as one that shows no secret."""
    given: Commands = []
    while True:
        given += parser.take(1 << 30)
        attempt = parser.take_attempt()
        if attempt is None:
            return given
        if attempt.unproved is not None:
            given.append(attempt.unproved)
        else:
            parser.judge(Finding(code="login_failed"))


def taken(parser: Parser, data: bytes, chance: random.Random | None) -> Commands:
    """Feed a parser as a worker does."""
    given: Commands = []
    for piece in cut(data, chance):
        parser.feed(piece)
        given += all_taken(parser)
        assert parser.held <= LIMITS.max_line + FRAMING_BYTES
    return given


def paused(parser: Parser) -> Commands:
    parser.pause()
    return all_taken(parser)


def ended(parser: Parser) -> Commands:
    parser.end()
    return all_taken(parser)


def as_json(data: bytes, chance: random.Random | None) -> Commands:
    parser = DIALECTS["json"].parser(1)
    return taken(parser, data, chance) + ended(parser)


def as_websocket(data: bytes, chance: random.Random | None) -> Commands:
    parser = DIALECTS["websocket"].parser(1)
    return taken(parser, data, chance) + ended(parser)


def as_text(data: bytes, chance: random.Random | None) -> Commands:
    """Understand lines; the empty one in front tells that there are lines."""
    parser = DIALECTS["text"].parser(1)
    return taken(parser, b"\n" + data, chance) + paused(parser) + ended(parser)


def as_unframed(data: bytes, chance: random.Random | None) -> Commands:
    """Understand what pauses tell apart. A second pause follows, for a character that was torn."""
    parser = DIALECTS["text"].parser(1)
    given: Commands = []
    for burst in data.split(PAUSE):
        given += taken(parser, burst, chance)
        given += paused(parser) + paused(parser)
        assert not parser.awaits_pause
    return given + ended(parser)


def as_a_worker_hears(data: bytes, chance: random.Random | None) -> Commands:
    """Understand all that a connection sends, from its first byte, as a worker's connection does."""
    now = 1_000.0
    given: Commands = []
    timers = Timers()
    context = Context(DIALECTS, Ledger(Pace(0, 0, 0, 0, 0, 0)), timers, given)
    connection = WorkerConnection(1, Peer.at("::1"), context, now)
    for number, burst in enumerate(data.split(PAUSE)):
        for _ in range(30 if number else 0):
            now += 0.01
            for _, timer in timers.due(now):
                connection.elapsed(timer, now)
        for piece in cut(burst, chance):
            # As much as a worker reads at a time; nothing at all would be the end.
            for start in range(0, len(piece), _READ_BYTES):
                if connection.condition in READ:
                    connection.receive(piece[start : start + _READ_BYTES], now)
            assert connection.held <= max(LIMITS.max_line, _UNTOLD)
    if connection.condition in READ:
        connection.finish(now)
    assert Condition.GONE is connection.condition
    return given


UNDERSTOOD: dict[str, Understand] = {
    "jsonl": as_json,
    "websocket": as_websocket,
    "text": as_text,
    "unframed": as_unframed,
    "negotiation": as_a_worker_hears,
}


def texts_in(value: Any) -> Iterable[str]:
    match value:
        case str():
            yield value
        case dict():
            yield from value.values()
        case tuple():
            for each in value:
                yield from texts_in(each)


def assert_clean(given: Commands) -> None:
    assert given == commands.unpack(commands.pack(given))
    for each in given:
        assert isinstance(each, get_args(commands.Command))
        fields = msgspec.structs.asdict(each)
        # Compared with the log's own name, and told to nobody.
        fields.pop("since_log", None)
        for text in texts_in(tuple(fields.values())):
            spoilt = [char for char in text if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
            assert not spoilt, (each, spoilt)
        if isinstance(each, commands.Fault):
            for dialect in DIALECTS.values():
                assert dialect.reply(effects.Error(each.code, each.detail, each.id))


def check(name: str, data: bytes, chance: random.Random) -> None:
    understand = UNDERSTOOD[name]
    whole = understand(data, None)
    assert_clean(whole)
    assert whole == understand(data, chance), "cut, it means something else"


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_the_corpus_is_understood_or_refused_cleanly(name: str, chance: random.Random) -> None:
    files = corpus(name)
    assert files
    for data in files:
        for _ in range(3):
            check(name, data, chance)


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_whatever_comes_is_understood_or_refused_cleanly(
    name: str, chance: random.Random, record_property: Callable[[str, object], None]
) -> None:
    files = corpus(name)
    tries = 0
    for _ in rounds(120):
        data = spoiled(chance.choice(files), chance, files)
        try:
            check(name, data, chance)
        except Exception as error:
            raise AssertionError(f"{name}: {data[:600]!r}: {error!r}") from error
        tries += 1
    record_property("tries", tries)


@pytest.mark.parametrize("name", ["jsonl", "websocket", "text", "unframed", "negotiation"])
@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000 + b"\n",
        b'{"type":"message","text":"oi","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
        b"x" * 1_000_000,
        b"\n" * 100_000,
        b'{"type":"ping"}\n' * 5_000,
    ],
    ids=["brackets", "nested", "a line without an end", "empty lines", "many commands"],
)
def test_what_is_huge_is_understood_or_refused_cleanly(name: str, data: bytes) -> None:
    assert_clean(UNDERSTOOD[name](data, None))
