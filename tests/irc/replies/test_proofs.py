"""What is told of logins."""

from __future__ import annotations

import pytest
from irc.writers import lines, writer

from chatsimples.chat.effects import Error
from chatsimples.irc.marks import Mark
from chatsimples.irc.replies.answering import respond

LOGGED_IN = "900 ana ana!u@* Ana :You are now logged in as Ana"


@pytest.mark.parametrize(
    ("command", "params", "expected"),
    [
        ("AUTHENTICATE", ("challenge", "A" * 400, "+"), ["AUTHENTICATE " + "A" * 400, "AUTHENTICATE +"]),
        ("AUTHENTICATE", ("success", "Ana"), [LOGGED_IN, "903 ana :SASL authentication successful"]),
        ("AUTHENTICATE", ("failed",), ["904 ana :SASL authentication failed"]),
        ("AUTHENTICATE", ("too_long",), ["905 ana :SASL message too long"]),
        ("AUTHENTICATE", ("aborted",), ["906 ana :SASL authentication aborted"]),
        (
            "AUTHENTICATE", ("unknown",),
            [
                "908 ana PLAIN,SCRAM-SHA-256,EXTERNAL :are available SASL mechanisms",
                "904 ana :SASL authentication failed",
            ],
        ),
        ("REGISTER", ("success", "Ana", "member"), ["REGISTER SUCCESS Ana :Account registered", LOGGED_IN]),
        (
            "REGISTER", ("failed", "nick_registered", ""),
            ["FAIL REGISTER ACCOUNT_EXISTS * :There is an account of that name"],
        ),
        (
            "REGISTER", ("failed", "registration_closed", ""),
            ["FAIL REGISTER TEMPORARILY_UNAVAILABLE * :Accounts can't be registered now"],
        ),
        ("OPER", ("success", "Ana", "admin"), ["MODE ana +o", "381 ana :You are now an IRC operator"]),
        ("OPER", ("failed", "not_permitted", ""), ["491 ana :This account has no role on the server"]),
        ("OPER", ("failed", "login_failed", ""), ["464 ana :Password incorrect"]),
    ],
)  # fmt: skip
def test_what_was_found_out_is_told(command: str, params: tuple[str, ...], expected: list[str]) -> None:
    to = writer()
    respond(to, Mark(command, params), [])
    assert expected == lines(to)


@pytest.mark.parametrize("command", ["AUTHENTICATE", "REGISTER", "OPER"])
def test_what_the_chat_refuses_is_told_instead(command: str) -> None:
    to = writer()
    respond(to, Mark(command, ("success", "Ana", "admin")), [Error("banned", {"why": "no"})])
    assert "465 ana" in " ".join(lines(to))
    assert LOGGED_IN not in lines(to)
    # Who is not registered yet is logged in with the hello.
    to = writer("")
    respond(to, Mark("AUTHENTICATE", ("success", "Ana")), [Error("not_registered", {})])
    assert "900 * *!u@* Ana :You are now logged in as Ana" == lines(to)[0]
