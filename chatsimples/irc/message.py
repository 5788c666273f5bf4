r"""Lines of IRC (modern.ircdocs.horse, IRCv3 message-tags): read and written.

``[@tags ][:source ]COMMAND[ parameter]…[ :last parameter]``, without its end. Lines are as good as their
sender: what stands in a parameter is judged by whoever makes a command of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

_ESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}
_ESCAPED = str.maketrans({value: f"\\{name}" for name, value in _ESCAPES.items()})


class Message(NamedTuple):
    """A line.

    Attributes:
        command: in upper case; empty if there is none.
        params: its parameters.
        tags: by name, unescaped; empty for one without a value.
        source: who it says it is from.
    """

    command: str
    params: list[str]
    tags: Mapping[str, str] = {}
    source: str = ""


def parse(line: str) -> Message:
    """Read a line, without its end."""
    tags: Mapping[str, str] = {}
    source = ""
    if line.startswith("@"):
        head, _, line = line[1:].partition(" ")
        tags = parse_tags(head)
        line = line.lstrip(" ")
    if line.startswith(":"):
        source, _, line = line[1:].partition(" ")
    front, colon, last = line.partition(" :")
    words = [word for word in front.split(" ") if word]
    if not words:
        return Message("", [], tags, source)
    params = words[1:]
    if colon:
        params.append(last)
    return Message(words[0].upper(), params, tags, source)


def parse_tags(head: str) -> dict[str, str]:
    """Read tags as they stand between the ``@`` and the space; of those with one name the last one counts."""
    tags = {}
    for each in head.split(";"):
        name, _, value = each.partition("=")
        if name:
            tags[name] = _unescaped(value) if "\\" in value else value
    return tags


def format_tags(tags: Mapping[str, str]) -> str:
    """Write tags as they stand between the ``@`` and the space."""
    return ";".join(
        [f"{name}={value.translate(_ESCAPED)}" if value else name for name, value in tags.items()]
    )


def format_params(params: Iterable[str]) -> str:
    """Write parameters, the last of which may be anything without an end of a line.

    Raises:
        ValueError: another one is empty, has a space or begins with a colon.
    """
    *words, last = params
    if any(not word or " " in word or word.startswith(":") for word in words):
        raise ValueError("only the last parameter can be any text")
    needs_colon = not last or " " in last or last.startswith(":")
    return " ".join([*words, f":{last}" if needs_colon else last])


def _unescaped(value: str) -> str:
    found = []
    rest = iter(value)
    for character in rest:
        if character == "\\":
            escaped = next(rest, "")
            found.append(_ESCAPES.get(escaped, escaped))
        else:
            found.append(character)
    return "".join(found)
