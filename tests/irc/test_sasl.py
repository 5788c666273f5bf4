"""SASL: what clients send becomes claims and answers, whatever comes; the other side is another library."""

from __future__ import annotations

import base64
from itertools import pairwise

import pytest
import scramp
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.accounts.scram import Keys, make_keys
from chatsimples.irc.sasl import LONGEST_PIECE, MECHANISMS, Claim, Dialogue, Kind, Outcome, Step, pieces

SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
# RFC 7677, section 3.
NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
ANA = Outcome("Ana")


@pytest.fixture(scope="module")
def keys() -> Keys:
    return make_keys("pencil", SALT, 4_096)


def dialogue(mechanism: str = "") -> Dialogue:
    made = Dialogue(lambda: NONCE)
    if mechanism:
        assert Step(Kind.CHALLENGE) == made.receive(mechanism)
    return made


def send(to: Dialogue, data: bytes) -> Step:
    """Send data in its pieces; all but the last one are followed by nothing."""
    *first, last = pieces(data)
    assert all(Kind.MORE is to.receive(piece).kind for piece in first)
    return to.receive(last)


def test_plain_claims_an_account_by_its_password() -> None:
    for data in (b"\0ana\0se nha", b"ana\0ana\0se nha", b"ANA\0ana\0se nha"):
        to = dialogue("plain")
        assert Step(Kind.CLAIM, claim=Claim("PLAIN", "ana", "se nha")) == send(to, data)
        assert Step(Kind.SUCCESS, account="Ana") == to.told(ANA)
        assert not to.begun


@pytest.mark.parametrize(
    "data",
    [
        b"", b"ana", b"\0ana", b"\0\0senha", b"\0ana\0", b"\0ana\0sen\0ha", b"bia\0ana\0senha",
        b"\0ana\0\xff", b"\0ana\0senha\0",
    ],
)  # fmt: skip
def test_what_is_no_plain_message_fails(data: bytes) -> None:
    to = dialogue("PLAIN")
    assert Kind.FAILED is send(to, data).kind
    assert Kind.CHALLENGE is to.receive("PLAIN").kind


def test_external_leaves_it_to_the_certificate_or_says_who_that_is() -> None:
    for parameter, account in (("+", ""), (base64.b64encode(b"ana").decode(), "ana")):
        to = dialogue("EXTERNAL")
        assert Step(Kind.CLAIM, claim=Claim("EXTERNAL", account)) == to.receive(parameter)
        assert Step(Kind.SUCCESS, account="Ana") == to.told(ANA)


def test_scram_is_the_exchange_of_the_rfc(keys: Keys) -> None:
    to = dialogue("SCRAM-SHA-256")
    first = send(to, b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    assert Step(Kind.CLAIM, claim=Claim("SCRAM-SHA-256", "user")) == first
    challenge = to.told(Outcome(salt=keys.salt, iterations=keys.iterations))
    assert (
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
        == challenge.data
    )
    final = b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p="
    claim = send(to, final + b"dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").claim
    assert claim is not None
    assert keys.proves(claim.exchanged, claim.proof)
    last = to.told(Outcome("user", signature=keys.signature(claim.exchanged)))
    assert Step(Kind.CHALLENGE, b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") == last
    assert Step(Kind.SUCCESS, account="user") == to.receive("+")


@given(
    st.text(st.characters(codec="utf-8", min_codepoint=0x21, max_codepoint=0x24F), min_size=1, max_size=20)
)
def test_scram_goes_well_with_another_library_for_any_name(name: str) -> None:
    keys = make_keys("pencil", SALT, 4_096)
    try:
        client = scramp.ScramClient(["SCRAM-SHA-256"], name, "pencil")
        first = client.get_client_first()
    except scramp.ScramException:
        return
    to = dialogue("SCRAM-SHA-256")
    asked = send(to, first.encode()).claim
    assert asked is not None
    client.set_server_first(to.told(Outcome(salt=keys.salt, iterations=4_096)).data.decode())
    claim = send(to, client.get_client_final().encode()).claim
    assert claim is not None
    assert (True, asked.account) == (keys.proves(claim.exchanged, claim.proof), claim.account)
    signed = to.told(Outcome(name, signature=keys.signature(claim.exchanged)))
    client.set_server_final(signed.data.decode())
    assert Kind.SUCCESS is to.receive("+").kind


@pytest.mark.parametrize(
    "data",
    [
        b"", b"n,,", b"n,,n=user", b"n,,r=abc", b"n,,n=,r=abc", b"n,,n=user,r=", b"n,,n=us=er,r=abc",
        b"p=tls-unique,,n=user,r=abc", b"n,a=other,n=user,r=abc", b"n,,m=ext,n=user,r=abc",
        b"x,,n=user,r=abc",
        b"n,,n=user,r=a\x7fc", b"n,,n=us\0er,r=abc", b"n,,n=user,r=" + b"x" * 513, b"n,,n=\xff,r=abc",
    ],
)  # fmt: skip
def test_what_begins_no_scram_fails(data: bytes) -> None:
    assert Kind.FAILED is send(dialogue("SCRAM-SHA-256"), data).kind


@pytest.mark.parametrize(
    "data",
    [
        b"", b"c=biws,r=abc,p=AAAA", b"c=biws,r=abc%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", b"c=eSws,r={},p=AAAA",
        b"c=biws,r={},p=!", b"r={},c=biws,p=AAAA", b"c=biws,r={}x,p=AAAA", b"c=!,r={},p=AAAA",
    ],
)  # fmt: skip
def test_what_does_not_end_the_scram_that_was_begun_fails(data: bytes) -> None:
    to = dialogue("SCRAM-SHA-256")
    send(to, b"n,,n=user,r=abc")
    to.told(Outcome(salt=SALT, iterations=4_096))
    assert Kind.FAILED is send(to, data.replace(b"{}", b"abc" + NONCE.encode())).kind
    assert not to.begun


def test_a_client_that_does_not_believe_the_server_is_not_logged_in(keys: Keys) -> None:
    for parameter, kind in (("*", Kind.ABORTED), ("eA==", Kind.FAILED)):
        to = dialogue("SCRAM-SHA-256")
        send(to, b"n,,n=user,r=abc")
        to.told(Outcome(salt=SALT, iterations=4_096))
        send(to, f"c=biws,r=abc{NONCE},p=AAAA".encode())
        to.told(Outcome("user", signature=b"signature"))
        assert kind is to.receive(parameter).kind


def test_no_salt_is_taken_for_a_proof_and_no_proof_for_a_salt() -> None:
    to = dialogue("PLAIN")
    send(to, b"\0ana\0senha")
    assert Kind.FAILED is to.told(Outcome(salt=SALT, iterations=4_096)).kind
    to = dialogue("SCRAM-SHA-256")
    send(to, b"n,,n=user,r=abc")
    assert Kind.FAILED is to.told(Outcome()).kind


@given(st.binary(max_size=2_000))
def test_data_is_cut_into_pieces_that_tell_where_it_ends(data: bytes) -> None:
    sent = pieces(data)
    assert data == base64.b64decode("".join(sent).removesuffix("+") if sent[-1] == "+" else "".join(sent))
    assert all(len(one) == LONGEST_PIECE for one, _ in pairwise(sent))
    assert 0 < len(sent[-1]) < LONGEST_PIECE


def test_data_of_several_pieces_is_put_together() -> None:
    for size in (291, 292, 300, 592, 900):
        password = "x" * size
        claim = send(dialogue("PLAIN"), f"\0ana\0{password}".encode()).claim
        assert claim is not None
        assert password == claim.password


def test_what_goes_on_and_on_is_ended() -> None:
    to = dialogue("PLAIN")
    kinds = [to.receive("A" * 400).kind for _ in range(8)]
    assert [Kind.MORE] * 7 + [Kind.FAILED] == kinds
    assert Kind.TOO_LONG is dialogue("PLAIN").receive("A" * 401).kind


def test_it_can_be_aborted_and_begun_anew_at_any_time() -> None:
    to = dialogue("PLAIN")
    assert Kind.MORE is to.receive("A" * 400).kind
    assert Kind.ABORTED is to.receive("*").kind
    assert not to.abort()
    assert Kind.UNKNOWN is to.receive("FOO").kind
    assert Kind.UNKNOWN is to.receive("*").kind
    to.receive("PLAIN")
    assert to.abort()
    assert not to.begun


@given(st.lists(st.one_of(st.text(max_size=30), st.sampled_from(("+", "*", "A" * 400, *MECHANISMS)))))
def test_whatever_comes_there_is_an_answer(parameters: list[str]) -> None:
    to = dialogue()
    for parameter in parameters:
        step = to.receive(parameter)
        if step.kind is Kind.CLAIM:
            assert step.claim is not None
            to.told(Outcome(salt=SALT, iterations=1) if step.claim.mechanism == "SCRAM-SHA-256" else ANA)
        assert to.begun or step.kind not in {Kind.CHALLENGE, Kind.MORE}


def test_nothing_that_is_printed_has_a_secret() -> None:
    assert "Claim(PLAIN)" == repr(Claim("PLAIN", "ana", "senha"))
