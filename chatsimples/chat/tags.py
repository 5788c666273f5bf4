"""Tags that clients give to what they say, for other clients: to what it replies, a reaction, "is typing".

They are called and used as IRCv3's client-only tags are: ``+draft/react``, ``+example.org/mood``. To the
server they mean nothing; it bounds them and passes them on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from chatsimples.chat.names import is_fit, printable
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

TAGS_MOST = 16
TAGS_SIZE = 4_094

REACTION = "+draft/react"
"""The tag whose value is a reaction, to the message that another tag names."""

PASSING = frozenset({"+typing", "+draft/typing"})
"""The tags that say only what is true for a moment: by themselves they are a signal, and on no record."""

_NAME = re.compile(r"\+(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9-]+", re.ASCII)
# Escaped for IRC, no character of a tag is longer than two; "=" and ";" are two more.
_AROUND = 2

_NONE = N_("it has no tag")
_MANY = N_("there are more than {limit} tags")
_LONG = N_("the tags have more than {limit} bytes")
_UNNAMED = N_("{name} is no name of a tag")
_CONTROL = N_("the tag {name} has a control character")


def check_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags if they may be passed on: at least one, at most `TAGS_MOST`, `TAGS_SIZE` bytes in all.

    Raises:
        Refusal: ``bad_tags``.
    """
    if not tags:
        raise Refusal("bad_tags", why=_NONE)
    if len(tags) > TAGS_MOST:
        raise Refusal("bad_tags", why=_MANY, limit=TAGS_MOST)
    size = 0
    for name, value in tags.items():
        if not _NAME.fullmatch(name):
            raise Refusal("bad_tags", why=_UNNAMED, name=printable(name, 32))
        if not is_fit(value):
            raise Refusal("bad_tags", why=_CONTROL, name=printable(name, 32))
        size += len(name) + len(value.encode()) + _AROUND
    if size > TAGS_SIZE:
        raise Refusal("bad_tags", why=_LONG, limit=TAGS_SIZE)
    return dict(tags)


def is_passing(tags: Mapping[str, str]) -> bool:
    """Tell whether tags without a text are a signal, and not to be on record."""
    return tags.keys() <= PASSING
