"""Which dialect a connection speaks, told by its first bytes alone."""

from __future__ import annotations

import re

_IRC_STARTS = (b"NICK ", b"USER ", b"CAP ")
# A request line (RFC 9112, section 3), of any method; and what may still become one. Only the whole line
# tells, so that people may shout "POST this". "GET " alone is kept for browsers.
_REQUEST_LINE = re.compile(rb"[A-Z]{1,32} .+ HTTP/[0-9](?:\.[0-9])?\r?")
_REQUEST_BEGINS = re.compile(rb"[A-Z]{1,32}(?: .{0,8192})?")
# What begins as one and does not end for so long is taken for one: its end must not change the answer, and
# whoever makes a browser's address long enough must not have the request's body said in a room.
_LONG_REQUEST = re.compile(rb"[A-Z]{1,32} .{8193}")


def sniff(first: bytes, *, final: bool = False) -> str:
    """Name the dialect that a connection with these first bytes speaks; "" if they don't tell yet.

    Args:
        first: all that was received so far.
        final: nothing more is to be waited for; then there is always an answer.

    The answer for some bytes stays the same whatever follows them.
    """
    if first.startswith(b"{"):
        return "json"
    if first.startswith(b"GET "):
        return "http"
    if first.startswith(_IRC_STARTS):
        return "irc"
    if _LONG_REQUEST.match(first):
        return "http"
    line, newline, _ = first.partition(b"\n")
    if not newline and not final and (not first or _REQUEST_BEGINS.fullmatch(line)):
        return ""
    return "http" if _REQUEST_LINE.fullmatch(line) else "text"
