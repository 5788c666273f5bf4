"""What a server tells in its language, told again in the one of whoever reads it, as far as it is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

from chatsimples.dialects.base import NOTICE
from chatsimples.errors import REFUSALS, explain
from chatsimples.i18n import LANGUAGES, Translate, translator
from chatsimples.screen.sanitize import sanitize

# A reason comes over the network and is filled in like a text of our own: only plain names may be in it.
_UNFIT = re.compile(r"\{(?!\w+\})")
_LONGEST = 500


def refusal(code: str, text: str, detail: Mapping[str, str], translate: Translate) -> str:
    """Tell why the server refuses: in this language if the code is known, else in the server's words."""
    if code in REFUSALS and _is_fit(detail.get("why")):
        # A reason can name a value many times: cut now, they can't fill the memory together.
        bounded = {name: value[:_LONGEST] for name, value in detail.items()}
        # Not all that the text names may have come: an older server, or none of ours.
        with suppress(KeyError, ValueError):
            return sanitize(explain(code, bounded, translate), _LONGEST)
    return sanitize(text or code, _LONGEST)


def _is_fit(why: str | None) -> bool:
    # The empty text is the catalog's own entry, about itself.
    return why is None or (0 < len(why) <= _LONGEST and not _UNFIT.search(why))


def notice(text: str, translate: Translate) -> str:
    """Tell what a server says to everyone who comes: in this language if it is what all servers say."""
    known = {translator(lang)(NOTICE) for lang in LANGUAGES}
    return translate(NOTICE) if text in known else sanitize(text, _LONGEST)
