"""The server's texts, in the reader's language as far as this client knows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

from chatsimples.dialects.base import NOTICE
from chatsimples.errors import REFUSALS, explain
from chatsimples.i18n import LANGUAGES, Translate, translator
from chatsimples.screen.sanitize import sanitize

# A reason comes over the network and is filled in like a text of this program: it may hold plain names only.
_UNFIT = re.compile(r"\{(?!\w+\})")
_LONGEST = 500


def refusal(code: str, text: str, detail: Mapping[str, str], translate: Translate) -> str:
    """Return why the server refuses: in the reader's language if the code is known, else in its own."""
    if code in REFUSALS and _is_fit(detail.get("why")):
        # A reason can name a value many times: bounded now, they can't fill the memory together.
        bounded = {name: value[:_LONGEST] for name, value in detail.items()}
        # Values may be missing: from an older server, or from one that is none of ours.
        with suppress(KeyError, ValueError):
            return sanitize(explain(code, bounded, translate), _LONGEST)
    return sanitize(text or code, _LONGEST)


def _is_fit(why: str | None) -> bool:
    # The empty text is the catalog's own entry, about itself.
    return why is None or (0 < len(why) <= _LONGEST and not _UNFIT.search(why))


def notice(text: str, translate: Translate) -> str:
    """Return what a server says to every newcomer: in the reader's language if all servers say it."""
    known = {translator(lang)(NOTICE) for lang in LANGUAGES}
    return translate(NOTICE) if text in known else sanitize(text, _LONGEST)
