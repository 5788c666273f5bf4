"""Incoming webhooks in the form that Slack has made usual: what is in one becomes texts for the chat."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import msgspec

MOST_TEXTS = 32
"""Messages that one payload becomes: it may have lines, and a message has none."""

_LINK = re.compile(r"<([^<>|\s]+)\|([^<>|]*)>")
_PLAIN_LINK = re.compile(r"<((?:https?|mailto):[^<>|\s]*)>")
_MENTION = re.compile(r"<!(here|channel|everyone)(?:\|[^<>]*)?>")
_FORM = "application/x-www-form-urlencoded"
_DEEPEST = 8


class Payload(msgspec.Struct):
    """What somebody posts.

    Attributes:
        text: what is to be said, in Slack's notation.
        channel: the room, with or without ``#``; without one it is that of the address.
        blocks, attachments: parts of a message; used where there is no text.
    """

    text: str | None = None
    channel: str | None = None
    blocks: list[dict[str, Any]] | None = None
    attachments: list[dict[str, Any]] | None = None


def read_payload(body: bytes, content_type: str) -> Payload:
    """Read what was posted: JSON, or JSON in the field ``payload`` of a form.

    Raises:
        msgspec.MsgspecError: it is none.
        UnicodeDecodeError: it is not UTF-8.
    """
    # Some programs send JSON, and say that it is a form, as that is what curl says.
    if content_type == _FORM and not body.lstrip().startswith(b"{"):
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_DEEPEST)
        body = "".join(fields.get("payload", [])[:1]).encode()
    return msgspec.json.decode(body, type=Payload)


def texts_of(payload: Payload, longest: int) -> list[str]:
    """Return what is to be said: a text for each line, and more where one is longer than may be said.

    Args:
        payload: what was posted.
        longest: bytes in a text; 0 for no bound.
    """
    whole = payload.text or "\n".join(_texts_in(payload))
    lines = (_clean(line) for line in re.split(r"[\r\n\u2028\u2029\v\f\x85]+", whole))
    texts = [part for line in lines if line for part in _parts(line, longest)]
    return texts if len(texts) <= MOST_TEXTS else [*texts[: MOST_TEXTS - 1], "…"]


def _texts_in(payload: Payload) -> Iterator[str]:
    """Yield what a message without a text says otherwise."""
    for block in payload.blocks or ():
        yield from _texts_of_block(block, 0)
    for attachment in payload.attachments or ():
        shown = [attachment.get("fallback")] if attachment.get("fallback") else []
        shown = shown or [attachment.get(name) for name in ("pretext", "title", "text")]
        yield from (each for each in shown if isinstance(each, str))


def _texts_of_block(block: object, depth: int) -> Iterator[str]:
    if isinstance(block, str) and depth:
        yield block
    if not isinstance(block, dict) or depth > _DEEPEST:
        return
    yield from _texts_of_block(block.get("text"), depth + 1)
    for name in ("fields", "elements"):
        inner = block.get(name)
        for each in inner if isinstance(inner, list) else ():
            yield from _texts_of_block(each, depth + 1)


def _clean(line: str) -> str:
    """Return a line as it can be said: without Slack's notation, and without what is not printed."""
    line = _MENTION.sub(r"@\1", line)
    line = _PLAIN_LINK.sub(r"\1", _LINK.sub(r"\2 (\1)", line))
    line = html.unescape(line).replace("\t", " ")
    return "".join(each for each in line if each.isprintable() or each == "\u200d").strip()


def _parts(line: str, longest: int) -> Iterator[str]:
    """Yield a line in parts that may be said, cut between characters."""
    data = line.encode("utf-8", "replace")
    while longest and len(data) > longest:
        part = data[:longest].decode("utf-8", "ignore")
        data = data[len(part.encode()) :]
        if part.strip():
            yield part
    if data.strip():
        yield data.decode()
