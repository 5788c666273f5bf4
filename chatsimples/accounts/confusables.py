"""Which names look alike: Unicode Technical Standard 39, section 4, from the data of `confusable_homoglyphs`.

The skeleton of a text has each character replaced by the one that stands for all that look like it. Two texts
with the same skeleton can be taken for each other. The library ships Unicode's table as pairs, and does not
tell which one of a pair stands for the other; but what many are paired with does, and where there is but one
pair either may, as skeletons are only compared. It is read when the first name is asked about.
"""

from __future__ import annotations

from functools import cache
from typing import Any
from unicodedata import category, normalize

from chatsimples.chat.names import name_key

# Unicode's table frames what is written from right to left by such marks.
_MARK = "\u200e"


def skeleton(text: str) -> str:
    """Return the skeleton of a text: of use for nothing but to be compared with that of another one."""
    return normalize("NFD", normalize("NFD", text).translate(_table()))


def looks(name: str) -> frozenset[str]:
    """Return what of a name is compared: its skeleton as it is written and as it is written small.

    Names are the same without regard to case, and capitals look like other letters than small ones do.
    """
    written = skeleton(name)
    return frozenset({skeleton(name_key(name)), skeleton(written.lower())})


@cache
def _table() -> dict[int, str]:
    # It takes a tenth of an acceptor's time to start, and is of no use where there are no accounts.
    from confusable_homoglyphs.utils import load  # noqa: PLC0415

    pairs: dict[str, list[dict[str, Any]]] = load("confusables.json")
    others: dict[str, set[str]] = {}
    for key, found in pairs.items():
        one = normalize("NFD", key.replace(_MARK, ""))
        for each in found:
            other = normalize("NFD", each["c"].replace(_MARK, ""))
            if one != other:
                others.setdefault(one, set()).add(other)
                others.setdefault(other, set()).add(one)
    table = {
        ord(one): _stands_for(one, found, others)
        for one, found in others.items()
        if len(one) == 1 and _stands_for(one, found, others) != one
    }
    # What stands for a character may itself be made of characters that others stand for.
    return {code: text.translate(table) for code, text in table.items() if not _is_plain(code)}


def _stands_for(one: str, found: set[str], others: dict[str, set[str]]) -> str:
    """Return what stands for a character: what most look like, or itself."""
    if len(found) > 1:
        return one
    other = next(iter(found))
    if len(other) > 1 or len(others[other]) > 1:
        return other
    return min(one, other)


def _is_plain(code: int) -> bool:
    """Tell whether a character may never be replaced: the table has nothing for unassigned ones."""
    return category(chr(code)) == "Cn"
