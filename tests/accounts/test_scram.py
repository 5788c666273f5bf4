"""What is kept for SCRAM proves a password to the server, and the server to the client; nothing else does."""

from __future__ import annotations

import base64

import pytest
import scramp
from hypothesis import given, settings
from hypothesis import strategies as st

from chatsimples.accounts.scram import ITERATIONS, Keys, make_keys, nobodys_keys

# RFC 7677, section 3.
SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
EXCHANGED = (
    b"n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    b"s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
)
PROOF = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
SIGNATURE = base64.b64decode("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


@pytest.fixture(scope="module")
def keys() -> Keys:
    return make_keys("pencil", SALT, 4_096)


def test_the_exchange_of_the_rfc_proves_both_sides(keys: Keys) -> None:
    assert keys.proves(EXCHANGED, PROOF)
    assert SIGNATURE == keys.signature(EXCHANGED)


def test_any_other_proof_or_exchange_proves_nothing(keys: Keys) -> None:
    for at in range(len(PROOF)):
        assert not keys.proves(EXCHANGED, PROOF[:at] + bytes([PROOF[at] ^ 1]) + PROOF[at + 1 :])
    assert not keys.proves(EXCHANGED + b" ", PROOF)
    for wrong in (b"", PROOF[:-1], PROOF + b"x"):
        assert not keys.proves(EXCHANGED, wrong)


def test_they_have_a_salt_of_their_own_and_many_iterations() -> None:
    one, other = make_keys("pencil"), make_keys("pencil")
    assert (100_000, 16) == (one.iterations, len(one.salt))
    assert one.salt != other.salt
    assert one.stored_key != other.stored_key


def test_nothing_that_is_printed_tells_them(keys: Keys) -> None:
    assert "Keys(iterations=4096)" == repr(keys)


@settings(deadline=None, max_examples=10)
@given(st.text(st.characters(codec="utf-8", max_codepoint=0x24F), min_size=1, max_size=30))
def test_another_library_makes_the_same_of_a_password(password: str) -> None:
    try:
        made = scramp.ScramMechanism().make_auth_info(password, iteration_count=4_096, salt=SALT)
    except scramp.ScramException:
        return
    keys = make_keys(password, SALT, 4_096)
    assert made == (SALT, keys.stored_key, keys.server_key, 4_096)


def test_nobody_is_asked_with_the_same_salt_each_time_and_proves_nothing() -> None:
    secret = b"a secret of the server's"
    one, again = nobodys_keys(secret, "eva"), nobodys_keys(secret, "eva")
    assert one.salt == again.salt
    assert (ITERATIONS, 16) == (one.iterations, len(one.salt))
    assert one.salt != nobodys_keys(secret, "rui").salt
    assert one.salt != nobodys_keys(b"another", "eva").salt
    assert one.stored_key != again.stored_key
