"""What the codes of refusals mean to a client: which of them it can do something about."""

from __future__ import annotations

NICK_CODES = frozenset({"bad_nick", "nick_confusable", "nick_in_use", "nick_registered"})
"""Another nick is needed."""

ROOM_CODES = frozenset({"bad_key", "banned", "login_required", "room_closed", "room_full"})
"""With a room among their details and no command they are about one of the rooms of the hello."""

PASSING_CODES = frozenset(
    {
        "flood",
        "login_busy",
        "registration_timeout",
        "replaced",
        "server_full",
        "storage_failed",
        "storage_full",
        "timeout",
        "too_many_connections",
    }
)
"""Before a welcome these are no verdict on the hello: the next connection may succeed.

``replaced`` is among them, as nobody else has the secret: what replaces a connection is an older one of this
client, given up already, whose hello was read late.
"""
