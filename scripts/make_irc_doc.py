#!/usr/bin/env python3
"""Write the tables of docs/irc.md from the code, so that they say what the server does; the rest stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from chatsimples.irc import numerics
from chatsimples.irc.capabilities import CAPABILITIES
from chatsimples.irc.commands import COMMANDS
from chatsimples.irc.isupport import tokens
from chatsimples.irc.replies.refusals import NUMBERS, OF_ROOMS, OF_SERVER
from chatsimples.irc.server import Bounds

PAGE = Path(__file__).parent.parent / "docs" / "irc.md"

_MARK = "## Tables"
# What the settings are if nobody sets them.
_BOUNDS = Bounds(max_text=4_096, max_name=32, max_rooms=32)


def page(prose: str) -> str:
    """Give the page's text: what stands in front of the tables, and these."""
    before, _, _ = prose.partition(_MARK)
    return "\n".join([f"{before}{_MARK}", "", *_tables(), ""])


def _tables() -> Iterator[str]:
    yield "Written by `scripts/make_irc_doc.py` from `chatsimples/irc/`; change them there."
    yield from _section("Commands", ("command", "parameters", "it does"), _commands())
    yield from _section("Capabilities", ("capability", "what it means"), _capabilities())
    yield from _section(
        "Refusals", ("numeric", "[errors](protocol.md#errors) of the other dialects"), _refusals()
    )
    yield ""
    yield "A refusal that has none of these is a `FAIL` line for those who asked for `standard-replies`, a"
    yield "`NOTICE` for others. What can't be said, for whatever reason, is answered by 404."
    yield from _section("Numerics", ("number", "name"), _numerics())
    yield from _section("What RPL_ISUPPORT tells", ("token",), ((f"`{token}`",) for token in tokens(_BOUNDS)))


def _section(heading: str, columns: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield from ("", f"### {heading}", "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}")
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _commands() -> Iterator[Sequence[str]]:
    for name, spec in COMMANDS.items():
        usage = spec.usage.replace("|", "\\|")
        early = " (before registration too)" if spec.early else ""
        yield f"`{name}`", f"`{usage}`" if usage else "", f"{spec.meaning}{early}"


def _capabilities() -> Iterator[Sequence[str]]:
    for each in CAPABILITIES.values():
        yield f"`{each.told(_BOUNDS)}`", each.meaning


def _refusals() -> Iterator[Sequence[str]]:
    codes: dict[str, list[str]] = {}
    tables: tuple[tuple[Mapping[str, str], str], ...] = (
        (NUMBERS, ""), (OF_ROOMS, " in a room"), (OF_SERVER, " on the server"),
    )  # fmt: skip
    for table, where in tables:
        for code, number in table.items():
            codes.setdefault(number, []).append(f"`{code}`{where}")
    for number, told in sorted(codes.items()):
        yield number, ", ".join(told)


def _numerics() -> Iterator[Sequence[str]]:
    named = {value: name for name, value in vars(numerics).items() if name.startswith(("RPL_", "ERR_"))}
    for number, name in sorted(named.items()):
        yield number, f"`{name}`"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
