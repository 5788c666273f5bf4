"""Which dialect a connection speaks, told by its first bytes alone."""

from __future__ import annotations

_HTTP_METHODS = (b"CONNECT", b"DELETE", b"HEAD", b"OPTIONS", b"PATCH", b"POST", b"PRI", b"PUT", b"TRACE")
_IRC_STARTS = (b"NICK ", b"USER ", b"CAP ")
_LONGEST_REQUEST_LINE = 8_192


def sniff(first: bytes, *, final: bool = False) -> str:
    """Name the dialect that a connection with these first bytes speaks; "" if they don't tell yet.

    Args:
        first: all that was received so far.
        final: nothing more is to be waited for; then there is always an answer.

    The answer for some bytes stays the same whatever follows them. ``GET `` is HTTP at once; after another
    method's name only a whole request line is (RFC 9112, section 3), so that people may shout "POST this".
    """
    if not first:
        return "text" if final else ""
    if first.startswith(b"{"):
        return "json"
    if first.startswith(b"GET "):
        return "http"
    if first.startswith(_IRC_STARTS):
        return "irc"
    if b"GET ".startswith(first) or any(start.startswith(first) for start in _IRC_STARTS):
        return "text" if final else ""
    word = first.split(b" ", 1)[0]
    if any(method == word or method.startswith(first) for method in _HTTP_METHODS):
        line, newline, _ = first.partition(b"\n")
        if newline or final or len(first) > _LONGEST_REQUEST_LINE:
            return "http" if line.rstrip(b"\r")[:-1].endswith((b" HTTP/1.", b" HTTP/2.")) else "text"
        return ""
    return "text"
