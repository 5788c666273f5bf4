"""The forms to which passwords are brought, so that each keyboard and program gives the same one."""

from __future__ import annotations

import stringprep
import unicodedata

_is_other_space = stringprep.in_table_c12
_PROHIBITED = (
    stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4,
    stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8,
    stringprep.in_table_c9,
)  # fmt: skip


def prepared(password: str) -> str:
    """Bring a password to one form, however a keyboard has composed it (RFC 8265, OpaqueString)."""
    spaced = "".join(" " if unicodedata.category(each) == "Zs" else each for each in password)
    return unicodedata.normalize("NFC", spaced).encode("utf-8", "replace").decode()


def saslprep(password: str) -> str:
    """Bring a password to the form that clients bring it to (RFC 4013).

    What may not be in one stays as it is, in the form in which passwords are hashed otherwise: clients that
    do not look at it can log in all the same.
    """
    mapped = "".join(
        " " if _is_other_space(each) else each for each in password if not stringprep.in_table_b1(each)
    )
    form = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    if not form or any(prohibited(each) for each in form for prohibited in _PROHIBITED):
        return prepared(password)
    return form if _has_one_direction(form) else prepared(password)


def _has_one_direction(text: str) -> bool:
    """Tell whether a text is written in one direction (RFC 3454, section 6)."""
    if not any(stringprep.in_table_d1(each) for each in text):
        return True
    if any(stringprep.in_table_d2(each) for each in text):
        return False
    return stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
