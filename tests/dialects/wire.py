"""The wire corpus, and ways of feeding a parser."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from chatsimples.chat import commands
from chatsimples.chat.room_settings import SettingsAsked
from chatsimples.config.server import ServerSettings
from chatsimples.dialects.attempts import Attempt
from chatsimples.dialects.base import InputLimits, Parser
from chatsimples.dialects.every import every_dialect

DEFAULT_LIMITS = msgspec.convert(ServerSettings(), InputLimits, from_attributes=True)
LIMITS = InputLimits(max_line=300, max_text=60, max_name=10)
DIALECTS = every_dialect(LIMITS, str, lambda: "made-for-this-client")

_CORPUS = Path(__file__).parent / "corpus"


class Case(msgspec.Struct, frozen=True):
    """Bytes and the commands that they mean. A fault's detail is not a part of the corpus."""

    claim: str
    data: bytes
    commands: list[commands.Command]
    end: bool

    def __repr__(self) -> str:
        return self.claim


def corpus(name: str) -> list[Any]:
    """Read a file of the corpus as it is written."""
    cases: list[Any] = json.loads((_CORPUS / f"{name}.json").read_text("utf-8"))["cases"]
    return cases


def data_of(case: dict[str, Any]) -> bytes:
    """Return the bytes of a case: written as text, or, where they are no UTF-8, as Latin-1."""
    data: bytes = case["latin1"].encode("latin-1") if "latin1" in case else case["utf8"].encode()
    return data


def cases(name: str) -> list[Case]:
    """Read the cases of a dialect."""
    return [
        Case(
            case["claim"],
            data_of(case),
            [_command(kind, **fields) for kind, fields in case["commands"]],
            case.get("end", False),
        )
        for case in corpus(name)
    ]


def _command(kind: str, **fields: Any) -> commands.Command:
    made: type[Any] = getattr(commands, kind)
    if made is commands.Fault:
        fields["detail"] = {}
    if "settings" in fields:
        fields["settings"] = SettingsAsked(**fields["settings"])
    for name in ("data", "echo"):
        if name in fields:
            fields[name] = fields[name].encode("latin-1")
    if "rooms" in fields:
        fields["rooms"] = tuple(fields["rooms"])
    command: commands.Command = made(1, **fields)
    return command


def without_detail(asked: list[commands.Command]) -> list[commands.Command]:
    """Return commands with the details of faults left out."""
    return [
        msgspec.structs.replace(each, detail={}) if isinstance(each, commands.Fault) else each
        for each in asked
    ]


def feed(parser: Parser, pieces: Iterable[bytes], most: int = 1_000) -> list[commands.Command]:
    """Feed a parser the way a worker does: a piece, then all commands that are complete, ``most`` at once."""
    given: list[commands.Command] = []
    for piece in pieces:
        parser.feed(piece)
        while True:
            taken = parser.take(most)
            given += taken
            attempt = parser.take_attempt()
            if attempt is not None:
                given += [with_keys(attempt)] if attempt.command is not None else []
            elif len(taken) < most:
                break
    return given


def with_keys(attempt: Attempt) -> commands.Command:
    """Return what needs the keys of rooms looked at as a command that holds them as they were typed."""
    command = attempt.command
    match command:
        case commands.Hello():
            return msgspec.structs.replace(command, keys=dict(attempt.keys))
        case commands.Join():
            return msgspec.structs.replace(command, key=attempt.keys[command.room])
        case commands.Set():
            settings = msgspec.structs.replace(command.settings, key=attempt.keys[command.room])
            return msgspec.structs.replace(command, settings=settings)
    assert command is not None
    return command


def understood(
    dialect: str, pieces: Iterable[bytes], *, most: int = 1_000, pause: bool = False, end: bool = False
) -> list[commands.Command]:
    """Return what bytes mean in a dialect, then a pause and the end of input, if there are any."""
    parser = DIALECTS[dialect].parser(1)
    given = feed(parser, pieces, most)
    if pause:
        given += paused(parser, most)
    return given + (ended(parser, most) if end else [])


def paused(parser: Parser, most: int = 1_000) -> list[commands.Command]:
    """Return what a pause completes."""
    parser.pause()
    return feed(parser, [b""], most)


def ended(parser: Parser, most: int = 1_000) -> list[commands.Command]:
    """Return what the end of input completes."""
    parser.end()
    return feed(parser, [b""], most)


def whole(data: bytes) -> list[bytes]:
    """Give it in one piece."""
    return [data]


def bytewise(data: bytes) -> list[bytes]:
    """Give it byte by byte."""
    return [bytes((byte,)) for byte in data]


def in_random_pieces(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """Give it in pieces of random sizes, mostly small ones."""
    while data:
        size = chance.choice((1, 2, 3, 10, 100, 1_000))
        yield data[:size]
        data = data[size:]


_FRAGMENTS = [
    *(data_of(case) for name in ("jsonl", "text", "unframed") for case in corpus(name)),
    b"\n", b"\r\n", b"\r", b"{", b"}", b'"', b":", b",", b"[", b"\\u0000", b"\\ud800", b"\x1b[2J", b"\x00",
    b'{"type":', b'"history"', b'"before":', b'"since":{"log":"x","seq":', b"1" * 30, b"-1e999", b"1" * 5_000,
    b"/history ", b"/msg ", b"//", b"ana: ", b" saiu do chat.", b"\xff", b"\xc3",
    b"\xe2\x80\xae", b"\xed\xa0\x80",
]  # fmt: skip

hostile_bytes = st.lists(st.one_of(st.sampled_from(_FRAGMENTS), st.binary(max_size=20)), max_size=12).map(
    b"".join
)
"""Bytes that come near to what dialects know, and break it."""
