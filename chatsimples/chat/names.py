"""What people may call themselves, call a room, and say: the one place where text is judged.

Everything a client typed passes here once, where it enters. What passes can be shown on a terminal,
written to a log and put into any dialect as it is: no dialect needs to escape or to check again.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

from chatsimples.chat import precis
from chatsimples.errors import Refusal
from chatsimples.i18n import N_

DEFAULT_ROOM = "geral"

# C0, DEL and C1 controls; the twelve characters with the Unicode property Bidi_Control; the line and
# paragraph separators, which many programs take as the end of a line; surrogates, which UTF-8 can't hold.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

# PRECIS lets every printable ASCII character into an identifier. These few keep names apart from what
# surrounds them in each dialect: "nick: text", "/command", "#room", "@nick", "a,b".
_ASCII_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.'\-]*", re.ASCII)
_PUNCTUATION = re.compile(r"[!-&(-,/:-@\[-^`{-~]")
_INNER_PUNCTUATION = (".", "'", "-")

_LONGEST_COMPARED = 1_024

_EMPTY = N_("it is empty")
_CONTROL = N_("{what} at character {where} is a control character")
_LONG = N_("it has more than {limit} characters")
_LETTERS = N_("a name is made of letters, digits and _, and inside it also of . ' -")
_NOT_FOR_NAMES = N_("{what} is not for names")


def check_text(text: str, limit: int) -> str:
    """Return ``text`` if it may be said.

    Args:
        text: what a client wants to say.
        limit: bytes of UTF-8 allowed; 0 for no limit.

    Raises:
        Refusal: ``bad_text`` (empty, or with a control or bidi character), ``text_too_long``.
    """
    if not text or text.isspace():
        raise Refusal("bad_text", why=_EMPTY)
    # str.isprintable() is false for everything that _FORBIDDEN names, and much quicker.
    if not text.isprintable():
        found = _FORBIDDEN.search(text)
        if found:
            raise Refusal("bad_text", why=_CONTROL, what=f"U+{ord(found[0]):04X}", where=found.start() + 1)
    if limit and len(text) * 4 > limit:
        size = len(text.encode())
        if size > limit:
            raise Refusal("text_too_long", limit=limit, size=size)
    return text


def is_fit(text: str) -> bool:
    """Tell whether a text, perhaps an empty one, holds no control or bidi character."""
    return text.isprintable() or not _FORBIDDEN.search(text)


def check_nick(name: str, limit: int) -> str:
    """Return the nick in the form in which it is shown (RFC 8265, UsernameCasePreserved).

    Raises:
        Refusal: ``bad_nick``.
    """
    return _check_name("bad_nick", name, limit)


def check_room(name: str, limit: int) -> str:
    """Return the room's name in the form in which it is shown; a ``#`` in front is taken off.

    Raises:
        Refusal: ``bad_room``.
    """
    return _check_name("bad_room", name.removeprefix("#"), limit)


def name_key(name: str) -> str:
    """Return what two names must share to be the same (RFC 8265, UsernameCaseMapped), of names that passed.

    Of a name that passed, lower case is all that the profile still changes: so nothing is judged again here.
    """
    return name.lower() if name.isascii() else normalize("NFC", name.lower())


def heard_key(name: str) -> str:
    """Return what two names must share to be the same, of names that are heard or read and may be anything.

    A name that the rules would not let pass is only like itself, and a very long one is not even looked at.
    """
    return name if len(name) > _LONGEST_COMPARED else _heard_key(name)


@lru_cache(maxsize=4096)
def _heard_key(name: str) -> str:
    try:
        return name.lower() if name.isascii() else precis.mapped(name)
    except ValueError:
        return name


def printable(text: str, limit: int = 80) -> str:
    """Return ``text`` fit for a message to a person: cut short, its control characters shown as escapes."""
    shown = text if len(text) <= limit else text[:limit] + "…"
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in shown
    )


@lru_cache(maxsize=4096)
def _check_name(code: str, name: str, limit: int) -> str:
    if not name:
        raise Refusal(code, name="''", why=_EMPTY)
    if limit and len(name) > limit:
        raise Refusal(code, name=printable(name, 32), why=_LONG, limit=limit)
    if name.isascii():
        if not _ASCII_NAME.fullmatch(name):
            raise Refusal(code, name=printable(name), why=_LETTERS)
        return name
    try:
        shown = precis.checked(name)
    except UnicodeEncodeError as error:
        what = f"U+{ord(name[min(error.start, len(name) - 1)]):04X}"
        raise Refusal(code, name=printable(name), why=_NOT_FOR_NAMES, what=what) from None
    misplaced = shown.startswith(_INNER_PUNCTUATION) or _PUNCTUATION.search(shown)
    if misplaced or (limit and len(shown) > limit):
        raise Refusal(code, name=printable(name), why=_LETTERS)
    return shown
