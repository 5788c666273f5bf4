"""Names of people and rooms by their number: half of them are not ASCII, in scripts that people write."""

from __future__ import annotations

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_SCRIPTS = (
    "aãáâbcçdeéêfgiíjlmnoóôõpqrstuúvxz",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "".join(chr(0x4E00 + number) for number in range(1_000)),
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "あいうえおかきくけこさしすせそたちつてと",
)


def name(number: int) -> str:
    """Return the name with a number: no two numbers have the same."""
    half, odd = divmod(number, 2)
    if not odd:
        return _spelt(half, _LATIN)
    which, script = divmod(half, len(_SCRIPTS))
    return _spelt(which, _SCRIPTS[script])


def _spelt(number: int, letters: str) -> str:
    base = len(letters)
    spelt = []
    while True:
        number, digit = divmod(number, base)
        spelt.append(letters[digit])
        if not number:
            # A second letter for all, so that a name is never one character.
            return f"{''.join(spelt)}{letters[1]}"
