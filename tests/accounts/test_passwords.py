"""Passwords are hashed with argon2id, and checked in the form in which any keyboard gives them."""

from __future__ import annotations

import argon2
import pytest

from chatsimples.accounts.passwords import MOST_CHARACTERS, Argon2Hasher, check_password
from chatsimples.errors import Refusal, explain


@pytest.fixture(scope="module")
def hasher() -> Argon2Hasher:
    return Argon2Hasher()


def test_a_hash_is_argon2id_and_each_has_a_salt_of_its_own(hasher: Argon2Hasher) -> None:
    one, other = hasher.hash("correct horse"), hasher.hash("correct horse")
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other
    assert "correct" not in one


def test_only_the_password_matches_its_hash(hasher: Argon2Hasher) -> None:
    hashed = hasher.hash("correct horse")
    assert hasher.matches(hashed, "correct horse")
    assert not hasher.matches(hashed, "Correct horse")
    assert not hasher.matches(hashed, "")


def test_a_hash_that_is_none_matches_nothing(hasher: Argon2Hasher) -> None:
    assert not hasher.matches("$argon2id$nonsense", "correct horse")
    assert not hasher.matches("", "nobody's")


def test_composed_and_decomposed_letters_are_one_password(hasher: Argon2Hasher) -> None:
    assert hasher.matches(hasher.hash("sena\u0303o secreta"), "sen\u00e3o\u00a0secreta")


def test_a_hash_of_other_parameters_is_outdated_and_still_matches(hasher: Argon2Hasher) -> None:
    old = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("correct horse")
    assert hasher.matches(old, "correct horse")
    assert hasher.is_outdated(old)
    assert not hasher.is_outdated(hasher.hash("correct horse"))


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 8"),
        ("x" * (MOST_CHARACTERS + 1), "at most 256"),
        ("with\x00control", "no control"),
        ("with\ud800half", ""),
        ("ANA-MARIA", "not the account's name"),
    ],
)
def test_what_can_be_no_password_is_refused_without_being_told(password: str, why: str) -> None:
    if not why:
        assert password == check_password(password)
        return
    with pytest.raises(Refusal) as refused:
        check_password(password, "ana-maria")
    told = explain(refused.value.code, refused.value.detail, str)
    assert why in told
    assert password not in told


def test_any_other_text_may_be_one() -> None:
    for password in ("12345678", "uma frase comprida com espaços", "пароль-пароль", "x" * MOST_CHARACTERS):
        assert password == check_password(password, "ana")
