"""Capabilities, and the styles that they add up to."""

from __future__ import annotations

from chatsimples.irc import capabilities
from chatsimples.irc.capabilities import BATCH, CAPABILITIES, SERVER_TIME, asked_for, names_of, offered
from chatsimples.irc.server import Bounds


def test_each_has_a_bit_of_its_own() -> None:
    bits = [each.bit for each in CAPABILITIES.values()]
    assert len(bits) == len(set(bits))
    assert all(bit.bit_count() == 1 for bit in bits)
    assert list(CAPABILITIES) == sorted(CAPABILITIES)


def test_a_style_is_what_was_asked_for_and_not_dropped() -> None:
    style = asked_for(["batch", "server-time"], 0)
    assert BATCH | SERVER_TIME == style
    assert BATCH == asked_for(["-server-time"], BATCH | SERVER_TIME)
    assert ["batch", "server-time"] == names_of(BATCH | SERVER_TIME)


def test_one_that_is_unknown_changes_nothing() -> None:
    assert asked_for(["batch", "unheard-of"], 0) is None
    assert 0 == asked_for([], 0)


def test_all_are_offered() -> None:
    assert list(CAPABILITIES) == offered(Bounds(), with_values=False)
    assert "draft/multiline=max-bytes=400,max-lines=64" in offered(Bounds(max_text=400), with_values=True)
    assert "draft/multiline=max-bytes=32768,max-lines=64" in offered(Bounds(), with_values=True)
    assert capabilities.ECHO_MESSAGE == asked_for(["echo-message"], 0)
