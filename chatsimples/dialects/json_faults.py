"""What is wrong with a line that is no command in JSON, and which id its answer has."""

from __future__ import annotations

from typing import Any

import msgspec

from chatsimples.chat.names import printable
from chatsimples.i18n import N_

LONGEST_ID = 64
"""Characters in the id of a command."""


class _Marked(msgspec.Struct):
    """The parts of an object that an error reply needs, when the rest of it is wrong."""

    type: Any = None
    id: Any = ""


_decode_marked = msgspec.json.Decoder(_Marked).decode


def id_in(line: bytes) -> str:
    """Return the id of a line, if it has one that can be told; else nothing."""
    try:
        mark = _decode_marked(line).id
    except (ValueError, RecursionError):
        return ""
    return mark if isinstance(mark, str) and len(mark) <= LONGEST_ID and mark.isprintable() else ""


def why_invalid(line: bytes, error: str) -> tuple[str, dict[str, str]]:
    """Return the code and the details of the refusal of a line that is valid JSON, and no command."""
    try:
        kind = _decode_marked(line).type
    except (ValueError, RecursionError):
        return "bad_json", {"why": "{cause}", "cause": printable(error)}
    if kind is None:
        return "bad_request", {"why": N_("it has no type")}
    if error.endswith("`$.type`"):
        return "unknown_type", {"name": printable(str(kind))}
    return "bad_request", {"why": "{cause}", "cause": printable(error)}
