"""The PRECIS profiles for names (RFC 8265), as `precis_i18n` carries them out, at a fraction of its cost.

The library looks at each character of a name several times. Here it is asked about a character once: whether
PRECIS lets it into an identifier wherever it stands (``PVALID``), and which direction it has. A name that is
made of such characters, whose directions go together (RFC 5893, section 2), passes as it is:

* Width mapping changes only characters that have a compatibility equivalent, and those are not ``PVALID``.
* Case mapping and normalisation are Python's own, in the library too.
* What remains is the class of each character, and the directions: one pattern over the classes tells both.

Every other name is the library's: those that it refuses, and those with a character that depends on its
neighbours. So a refusal has the library's words, and no name is judged here that it would judge otherwise.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from unicodedata import is_normalized, normalize

PRESERVED = "UsernameCasePreserved"
MAPPED = "UsernameCaseMapped"

_LEFT, _RIGHT, _EUROPEAN, _ARABIC, _MARK, _OTHER, _DECLINED = "lreano-"
_CLASS_OF_DIRECTION = {
    "L": _LEFT, "R": _RIGHT, "AL": _RIGHT, "EN": _EUROPEAN, "AN": _ARABIC, "NSM": _MARK,
    "ES": _OTHER, "CS": _OTHER, "ET": _OTHER, "ON": _OTHER, "BN": _OTHER,
}  # fmt: skip
_UNKNOWN = "\0"
# Names without a character of a right-to-left script may go as they like. With one, a name begins with one,
# ends with one or with a number, and has numbers of one kind; marks may follow.
_PASSES = re.compile("[leno]+|r(?:[reno]*[re])?n*|r(?:[rano]*[ra])?n*")
_WIDE = re.compile("[\uff01-\uffef]")

# The class of each character that was met, by its code point. Threads may learn the same one twice.
_classes = bytearray(sys.maxunicode + 1)


def preserved(name: str) -> str:
    """Return a name as it is shown (UsernameCasePreserved).

    Raises:
        UnicodeEncodeError: it is no name.
    """
    shown = name
    if not is_normalized("NFC", name) or _WIDE.search(name):
        shown = normalize("NFC", _WIDE.sub(_narrow, name))
    return shown if _passes(shown) else _enforce(PRESERVED, name)


def checked(name: str) -> str:
    """Return a name as it is shown, if both profiles let it pass.

    Raises:
        UnicodeEncodeError: it is no name.
    """
    shown = preserved(name)
    # What passed and is its own key would pass again.
    if normalize("NFC", shown.lower()) != shown:
        mapped(shown)
    return shown


def mapped(name: str) -> str:
    """Return what names share that differ only in case (UsernameCaseMapped).

    Raises:
        UnicodeEncodeError: it is no name.
    """
    key = normalize("NFC", name.lower())
    # Wide characters are narrowed before they are lowered; and lowering must have an end.
    if _WIDE.search(name) or key.lower() != key or not _passes(key):
        return _enforce(MAPPED, name)
    return key


def _passes(name: str) -> bool:
    """Tell whether PRECIS lets a normalised name pass as it is, as far as its characters alone tell."""
    classes = name.translate(_classes)
    if _UNKNOWN in classes:
        for character in set(name):
            if not _classes[ord(character)]:
                _classes[ord(character)] = ord(_class_of(character))
        classes = name.translate(_classes)
    return _PASSES.fullmatch(classes) is not None


def _class_of(character: str) -> str:
    # Most names are ASCII, where PRECIS changes nothing but case: its tables are loaded for the others.
    from precis_i18n.derived import PVALID, derived_property  # noqa: PLC0415
    from precis_i18n.unicode import UnicodeData  # noqa: PLC0415

    kind, _ = derived_property(ord(character), UnicodeData())
    if kind != PVALID:
        return _DECLINED
    return _CLASS_OF_DIRECTION.get(unicodedata.bidirectional(character), _DECLINED)


def _narrow(wide: re.Match[str]) -> str:
    narrow = normalize("NFKC", wide[0])
    return narrow if len(narrow) == 1 else wide[0]


def _enforce(profile: str, name: str) -> str:
    import precis_i18n  # noqa: PLC0415 - as above

    enforced: str = precis_i18n.get_profile(profile).enforce(name)
    return enforced
