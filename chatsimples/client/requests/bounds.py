"""The bounds that the server has told of, checked before a text is sent: a draft is kept, and so is the line.

Before the first welcome, and with a server that does not tell its limits, nothing is known: then the server
judges, and refuses what is too long.
"""

from __future__ import annotations

import msgspec

from chatsimples.chat.names import check_text
from chatsimples.client.protocol.replies import ServerLimits
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

# A message's line without its text: its type, its id, and a name of which each character may take four bytes.
_FRAME = 80
_USUAL_NAME = 64
_BYTES = 4

_encode = msgspec.json.Encoder().encode


def check_message(text: str, limits: ServerLimits) -> str:
    """Return ``text`` if it may be said and the server accepts it.

    Raises:
        Refusal: ``bad_text``, ``text_too_long``, or ``bad_request`` if its line is too long.
    """
    check_text(text, limits.max_text)
    check_line(text, limits)
    return text


def check_line(text: str, limits: ServerLimits) -> None:
    """Raise if the line in which a text is sent is too long: quotes and backslashes take two bytes there.

    Raises:
        Refusal: ``bad_request``.
    """
    if not limits.max_line:
        return
    room = limits.max_line - _FRAME - _BYTES * (limits.max_name or _USUAL_NAME)
    # No character takes more than six bytes.
    if len(text) * 6 > room and (size := len(_encode(text))) > room:
        why = N_("with escapes it has {size} bytes, and the server accepts {limit} in a line")
        raise Refusal("bad_request", why=why, size=size, limit=room)
