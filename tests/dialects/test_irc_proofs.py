"""What a client proves becomes attempts, and what is found out becomes answers; no secret is in one."""

from __future__ import annotations

import base64

import pytest
from dialects.wire import DEFAULT_LIMITS

from chatsimples.chat import commands
from chatsimples.chat.commands import Command, Login, Request
from chatsimples.dialects.attempts import Attempt, Finding, Scram
from chatsimples.dialects.base import Parser
from chatsimples.dialects.every import every_dialect
from chatsimples.irc import marks
from chatsimples.irc.marks import Mark

DIALECTS = every_dialect(DEFAULT_LIMITS, str, lambda: "server-nonce")
ENTER = b"NICK ana\r\nUSER ana 0 * :Ana\r\n"
PLAIN = base64.b64encode(b"\0Ana\0uma senha boa")
FOUND = Finding(account="Ana", role="admin")


class Talk:
    """A client's lines, and what they were answered."""

    def __init__(self, before: bytes = b"") -> None:
        self.parser: Parser = DIALECTS["irc"].parser(1)
        self.says(before)

    def says(self, data: bytes) -> list[Command]:
        self.parser.feed(data)
        return self.parser.take(100)

    def answers(self, data: bytes) -> list[Mark]:
        return [_mark(each) for each in self.says(data)]

    def attempts(self, data: bytes) -> Attempt:
        assert [] == self.says(data)
        attempt = self.parser.take_attempt()
        assert attempt is not None
        return attempt

    def told(self, finding: Finding) -> tuple[Mark, tuple[Command, ...]]:
        self.parser.judge(finding)
        (request,) = self.parser.take(1)
        assert isinstance(request, Request)
        return _mark(request), request.commands


def _mark(request: Command) -> Mark:
    assert isinstance(request, Request)
    return marks.unpack(request.mark)


def test_before_its_hello_who_logs_in_is_told_so_and_the_chat_is_asked_nothing() -> None:
    talk = Talk()
    assert [Mark("AUTHENTICATE", ("challenge", "+"))] == talk.answers(b"AUTHENTICATE PLAIN\r\n")
    attempt = talk.attempts(b"AUTHENTICATE " + PLAIN + b"\r\n")
    assert Attempt(command=None, account="Ana", password="uma senha boa") == attempt
    assert (Mark("AUTHENTICATE", ("success", "Ana")), ()) == talk.told(FOUND)
    # The hello says nothing of it: whoever knows what was proved adds that.
    (hello,) = talk.says(ENTER)
    assert isinstance(hello, commands.Hello)
    assert ("", True) == (hello.account, hello.renames)


def test_after_it_the_connection_is_logged_in() -> None:
    talk = Talk(ENTER + b"AUTHENTICATE PLAIN\r\n")
    talk.attempts(b"AUTHENTICATE " + PLAIN + b"\r\n")
    assert (Mark("AUTHENTICATE", ("success", "Ana")), (Login(1, "Ana", "admin"),)) == talk.told(FOUND)


def test_what_fails_may_be_tried_again() -> None:
    talk = Talk(b"AUTHENTICATE PLAIN\r\n")
    talk.attempts(b"AUTHENTICATE " + PLAIN + b"\r\n")
    assert (Mark("AUTHENTICATE", ("failed",)), ()) == talk.told(Finding(code="login_failed"))
    words = [
        mark.params[0]
        for mark in talk.answers(
            b"AUTHENTICATE FOO\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE !\r\nAUTHENTICATE PLAIN\r\n"
            b"AUTHENTICATE *\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE " + b"A" * 401 + b"\r\n"
        )
    ]
    assert ["unknown", "challenge", "failed", "challenge", "aborted", "challenge", "too_long"] == words


def test_scram_asks_twice_and_a_certificate_once() -> None:
    talk = Talk(b"AUTHENTICATE SCRAM-SHA-256\r\n")
    first = base64.b64encode(b"n,,n=Ana,r=abc")
    assert Attempt(command=None, account="Ana", scram=Scram()) == talk.attempts(
        b"AUTHENTICATE " + first + b"\r\n"
    )
    mark, asked = talk.told(Finding(salt=b"salt", iterations=4_096))
    assert b"r=abcserver-nonce,s=c2FsdA==,i=4096" == base64.b64decode(mark.params[1])
    final = base64.b64encode(b"c=biws,r=abcserver-nonce,p=cHJvb2Y=")
    shown = talk.attempts(b"AUTHENTICATE " + final + b"\r\n").scram
    assert shown is not None
    assert b"proof" == shown.proof
    assert ("challenge", ()) == (talk.told(Finding(account="Ana", signature=b"s"))[0].params[0], asked)
    assert [Mark("AUTHENTICATE", ("success", "Ana"))] == talk.answers(b"AUTHENTICATE +\r\n")
    talk = Talk(b"AUTHENTICATE EXTERNAL\r\n")
    assert Attempt(command=None, certificate=True) == talk.attempts(b"AUTHENTICATE +\r\n")


def test_what_follows_a_login_waits_for_what_becomes_of_it() -> None:
    talk = Talk(b"AUTHENTICATE PLAIN\r\n")
    talk.attempts(b"AUTHENTICATE " + PLAIN + b"\r\n" + ENTER)
    talk.parser.judge(FOUND)
    assert ["Request", "Hello"] == [type(each).__name__ for each in talk.parser.take(100)]


@pytest.mark.parametrize(
    ("line", "account"),
    [(b"REGISTER * * :uma senha boa", "ana"), (b"REGISTER Eva x@y.z :uma senha boa", "Eva")],
)
def test_an_account_is_made_of_the_nick_or_of_another_name(line: bytes, account: str) -> None:
    for before in (b"NICK ana\r\n", ENTER):
        talk = Talk(before)
        made = Attempt(command=None, account=account, password="uma senha boa", registers=True)
        assert made == talk.attempts(line + b"\r\n")
        mark, asked = talk.told(Finding(account=account, role="member"))
        assert ("success", account, "member") == mark.params
        assert bool(asked) is (before == ENTER)


def test_why_none_was_made_is_told() -> None:
    talk = Talk(ENTER)
    talk.attempts(b"REGISTER * * :short\r\n")
    mark, asked = talk.told(Finding(code="bad_request", detail={"why": "too short"}))
    assert (("failed", "bad_request", "too short"), ()) == (mark.params, asked)


def test_an_operator_is_an_account_with_a_role() -> None:
    talk = Talk(ENTER)
    expected = Attempt(command=None, account="Ana", password="senha", needs_role=True)
    assert expected == talk.attempts(b"OPER Ana senha\r\n")
    mark, asked = talk.told(FOUND)
    assert (("success", "Ana", "admin"), (Login(1, "Ana", "admin"),)) == (mark.params, asked)
    assert [Mark("OPER", ("failed", "not_registered"))] == Talk().answers(b"OPER Ana senha\r\n")


def test_no_secret_is_in_what_goes_on() -> None:
    talk = Talk(ENTER)
    for line in (b"REGISTER * * :uma-senha\r\n", b"OPER Ana uma-senha\r\n"):
        talk.attempts(line)
        for finding in (FOUND, Finding(code="login_failed")):
            assert "uma-senha" not in repr(talk.told(finding))
