"""What a request of the API can't have: the chat's codes, and what HTTP says to each."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chatsimples.errors import Refusal, explain
from chatsimples.i18n import N_, Translate
from chatsimples.server.web.messages import Headers

LOGIN = 401
FORBIDDEN = 403
BUSY = 503

STATUSES: Mapping[str, int] = {
    "already_in_room": 409,
    "already_registered": 409,
    "bad_frame": 400,
    "bad_json": 400,
    "bad_key": FORBIDDEN,
    "bad_nick": 400,
    "bad_request": 400,
    "bad_room": 400,
    "bad_tags": 400,
    "bad_text": 400,
    "bad_utf8": 400,
    "banned": FORBIDDEN,
    "flood": 429,
    "insecure": FORBIDDEN,
    "kicked": FORBIDDEN,
    "line_too_long": 413,
    "list_full": 409,
    "login_busy": BUSY,
    "login_failed": LOGIN,
    "login_required": LOGIN,
    "muted": FORBIDDEN,
    "nick_confusable": 409,
    "nick_in_use": 409,
    "nick_registered": FORBIDDEN,
    "nick_unchanged": 409,
    "no_account": 409,
    "no_such_nick": 404,
    "not_away": 409,
    "not_banned": 409,
    "not_exempt": 409,
    "not_a_member": 404,
    "bad_mode": 400,
    "no_such_room": 404,
    "too_many_watched": 409,
    "not_in_room": FORBIDDEN,
    "not_muted": 409,
    "not_permitted": FORBIDDEN,
    "not_registered": BUSY,
    "not_text": 400,
    "read_only": FORBIDDEN,
    "registration_closed": FORBIDDEN,
    "registration_timeout": BUSY,
    "replaced": BUSY,
    "room_closed": FORBIDDEN,
    "room_full": 409,
    "sent_in_clear": FORBIDDEN,
    "server_full": BUSY,
    "session_ended": LOGIN,
    "storage_failed": BUSY,
    "storage_full": BUSY,
    "text_too_long": 413,
    "timeout": BUSY,
    "too_many_connections": 429,
    "too_many_own_rooms": 409,
    "too_many_rooms": 409,
    "unknown_command": 400,
    "unknown_type": 400,
}
"""What HTTP says to each of the chat's refusals."""

OWN: Mapping[str, tuple[int, str]] = {
    "key_used": (409, N_("This Idempotency-Key stands for another message that is on its way.")),
    "media_type": (415, N_("The body is of a kind that is not taken here.")),
    "no_text": (400, N_("There is no text in it.")),
    "too_many_commands": (429, N_("These are more commands than the server takes of one client.")),
    "unavailable": (BUSY, N_("The chat can't be reached now; the same request can be made again.")),
}
"""What is refused here, and not by the chat: what HTTP says to it, and the text for people."""

_CHALLENGE = ("WWW-Authenticate", 'Bearer realm="chatsimples"')
_AGAIN = {429: "1", BUSY: "1"}


class RequestError(Exception):
    """A request that can't be carried out.

    Args:
        code: a key of `STATUSES` or of `OWN`.
        text: what the chat has said to it; empty if nothing.
        after: seconds after which it may be made again; 0 for what is usual.
    """

    def __init__(self, code: str, text: str = "", after: float = 0) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.after = after

    @classmethod
    def of(cls, refusal: Refusal, translate: Translate) -> RequestError:
        """Return what a refusal is to a request."""
        return cls(refusal.code, explain(refusal.code, refusal.detail, translate))

    @property
    def status(self) -> int:
        """What HTTP says to it. What a later version of the chat may say is forbidden."""
        own = OWN.get(self.code)
        return own[0] if own else STATUSES.get(self.code, FORBIDDEN)

    def told(self, translate: Translate) -> str:
        """Return the text for people."""
        own = OWN.get(self.code)
        return self.text or (translate(own[1]) if own else self.code)

    @property
    def headers(self) -> Headers:
        """What the answer's header says beside that."""
        if self.status == LOGIN:
            return (_CHALLENGE,)
        again = f"{max(1, round(self.after))}" if self.after else _AGAIN.get(self.status)
        return (("Retry-After", again),) if again else ()


class Explained(msgspec.Struct):
    """Why a request was refused."""

    code: str
    text: str


class Error(msgspec.Struct):
    """What is answered to a request that is refused."""

    error: Explained
