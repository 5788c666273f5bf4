"""One password has one form, whoever types it."""

from __future__ import annotations

import pytest

from chatsimples.accounts.preparation import prepared, saslprep


def test_composed_and_decomposed_letters_and_spaces_are_the_same() -> None:
    assert "sen\u00e3o secreta" == prepared("sena\u0303o\u00a0secreta")


@pytest.mark.parametrize(
    ("password", "form"),
    [
        # RFC 4013, section 3.
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u3000b", "a b"),
    ],
)
def test_it_is_brought_to_the_form_of_saslprep(password: str, form: str) -> None:
    assert form == saslprep(password)


@pytest.mark.parametrize("password", ["\u0627\u0031", "a\u0007b", "\u00ad\u00ad", "x\ue000"])
def test_what_saslprep_forbids_stays_as_it_is_hashed_otherwise(password: str) -> None:
    assert prepared(password) == saslprep(password)
