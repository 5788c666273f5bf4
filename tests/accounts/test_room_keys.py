"""A room's key is told from its proof, and in no other way."""

from __future__ import annotations

from chatsimples.accounts.room_keys import MOST_BYTES, proof, shortened


def test_a_proof_is_the_same_whenever_it_is_made() -> None:
    assert "UR4jjmpigYg2DPezipTSHrAVHb4pgREq" == proof("turma", "abre-te")
    assert proof("turma", "abre-te") == proof("Turma", "abre-te")


def test_another_key_or_room_has_another_proof() -> None:
    assert 3 == len({proof("turma", "abre-te"), proof("turma", "Abre-te"), proof("geral", "abre-te")})


def test_a_proof_tells_nothing_and_any_text_may_be_a_key() -> None:
    assert "abre" not in proof("turma", "abre-te")
    assert 32 == len(proof("turma", "ch\u00e1 \ud800")) == len(proof("\u0436", ""))


def test_what_stands_for_a_key_is_short_can_be_written_and_has_the_same_proof() -> None:
    for key in ("abre-te", "ch\u00e1 \ud800", "x" * MOST_BYTES, "x" * (MOST_BYTES + 1), "x" * 100_000):
        assert len(shortened(key).encode()) <= MOST_BYTES
        assert proof("turma", key) == proof("turma", shortened(key))
    assert shortened("x" * 100_000) != shortened("x" * 100_001)
