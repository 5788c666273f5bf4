"""Words shown to people, in Portuguese and English, from gettext catalogs.

The message ids are the English texts; ``chatsimples/locale`` holds the Portuguese catalog. Nothing here
is global: who shows words to people is given a `Translate`.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable, Mapping
from pathlib import Path

Translate = Callable[[str], str]

DOMAIN = "chatsimples"
LANGUAGES = ("en", "pt")
LOCALE_FOLDER = Path(__file__).parent / "locale"


def N_(text: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark a text for the catalogs where it can't be translated yet."""
    return text


def language(asked: str = "", environ: Mapping[str, str] = os.environ) -> str:
    """Choose a language: the one asked for, else the locale's, else English.

    The order of the environment variables is POSIX's (Base Definitions, 8.2) with GNU's LANGUAGE first.
    """
    if asked in LANGUAGES:
        return asked
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environ.get(name, "")
        if value:
            return "pt" if value.lower().startswith("pt") else "en"
    return "en"


def translator(lang: str) -> Translate:
    """Give the function that translates an English text into ``lang``, one of `LANGUAGES`."""
    if lang == "en":
        return gettext.NullTranslations().gettext
    return gettext.translation(DOMAIN, LOCALE_FOLDER, languages=[lang]).gettext
