"""The headers that keep a page to itself, whatever somebody manages to bring into it."""

from __future__ import annotations

from functools import lru_cache

from chatsimples.server.web.messages import Headers

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; manifest-src 'self'; "
    "connect-src 'self'{socket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_EVERYWHERE: Headers = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
_ALONE = ("Cross-Origin-Opener-Policy", "same-origin")
_HSTS = ("Strict-Transport-Security", "max-age=31536000")


@lru_cache(maxsize=64)
def protection(authority: str, *, is_tls: bool, is_local: bool) -> Headers:
    """Return the headers for an answer of the host that a request named, and that was found right.

    Args:
        authority: the host, with its port if one was named; empty if none was.
        is_tls: whether the request came by TLS. Without it, browsers don't heed what would bind them to it.
        is_local: whether it came from this machine. From elsewhere, and without TLS, browsers complain about
            what they would not heed.
    """
    # Older browsers do not count WebSockets of the page's own host among what 'self' is.
    socket = f" {'wss' if is_tls else 'ws'}://{authority}" if authority else ""
    policy = ("Content-Security-Policy", _POLICY.format(socket=socket))
    headers = (policy, *_EVERYWHERE)
    if is_tls:
        return (*headers, _ALONE, _HSTS)
    return (*headers, _ALONE) if is_local else headers
