"""The answers to requests."""

from __future__ import annotations

from irc.writers import lines, record, writer

from chatsimples.chat.effects import About, Error, Members, Ping
from chatsimples.irc.commands import COMMANDS
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies.answering import reply, respond


def test_before_registration_little_is_answered() -> None:
    for name, spec in COMMANDS.items():
        told = writer("")
        respond(told, Mark(name, ("x",)), [])
        assert spec.early is not any(line.startswith("451 ") for line in lines(told))


def test_nothing_answers_a_notice() -> None:
    told = writer()
    respond(
        told, Mark("NOTICE", ("#x", "oi")), [Error("not_in_room", {"room": "x"}), record("message", text="a")]
    )
    assert [":bia!u@c7 PRIVMSG #x :a"] == lines(told)


def test_what_is_heard_as_one_is_told_once() -> None:
    told = writer()
    respond(told, Mark("NICK", ("bea",)), [record("nick", new="bea", room=room) for room in "xyz"])
    assert [":bia!u@c7 NICK bea"] == lines(told)


def test_whoever_goes_is_not_told_of_it_here() -> None:
    told = writer()
    respond(told, Mark("QUIT"), [record("leave", reason="quit")])
    assert [] == lines(told)


def test_what_is_not_understood_is_told_in_its_place() -> None:
    told = writer()
    respond(told, Mark("FOO", fault="unknown"), [])
    respond(told, Mark("CAP", fault="incomplete"), [])
    assert ["421 ana FOO :Unknown command", "461 ana CAP :Not enough parameters"] == lines(told)


def test_what_comes_by_itself_is_a_line_too() -> None:
    told = writer()
    for answer in (Ping(12), About("x", "of it"), Members("x", [], 0), Error("no_such_nick", {"nick": "z"})):
        reply(told, answer)
    assert [
        "PING :12", "332 ana #x :of it", "366 ana #x :End of /NAMES list",
        "401 ana z :nobody here is called z"
    ] == lines(told)  # fmt: skip
