"""The channel to whoever hashes passwords."""

from __future__ import annotations

from chatsimples.server.hashing.channel import channel


def test_each_thing_that_is_asked_comes_whole_and_in_its_order() -> None:
    asking, asked = channel()
    with asking, asked:
        asking.send(b"first")
        asking.send(b"second")
        assert [b"first", b"second"] == [asked.recv(100), asked.recv(100)]
