"""What lets the scripts of a page from elsewhere, which may come, ask and read answers (CORS)."""

from __future__ import annotations

from collections.abc import Iterable

from chatsimples.server.web.messages import Headers, Response
from chatsimples.web.head import Head

_SENT = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Nick, X-Room-Key"
_READ = "ETag, Link, Location, Retry-After, X-Log"
_SECONDS = "600"


def sharing(origin: str) -> Headers:
    """Return what an answer says to a page from elsewhere that may come; nothing if the origin is empty."""
    if not origin:
        return ()
    return (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Expose-Headers", _READ),
        ("Vary", "Origin"),
    )


def is_preflight(head: Head) -> bool:
    """Tell whether a browser only asks what it may send."""
    return head.method == "OPTIONS" and bool(head.get("access-control-request-method"))


def preflight(methods: Iterable[str]) -> Response:
    """Answer what may be sent to a path that has these methods."""
    headers = (
        ("Access-Control-Allow-Methods", ", ".join(methods)),
        ("Access-Control-Allow-Headers", _SENT),
        ("Access-Control-Max-Age", _SECONDS),
    )
    return Response(204, headers=headers)
