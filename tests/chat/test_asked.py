"""The commands that ask who and what is there."""

from __future__ import annotations

from chatsimples.chat import asked, commands


def test_they_are_among_the_commands() -> None:
    ours = {
        name: each for name, each in vars(asked).items() if getattr(each, "__module__", "") == asked.__name__
    }
    assert 10 == len(ours)
    assert ours == {name: getattr(commands, name) for name in ours}
