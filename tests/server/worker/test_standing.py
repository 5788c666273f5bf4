"""Who may ask for what, before and after it is known who they are."""

from __future__ import annotations

import pytest

from chatsimples.chat import commands
from chatsimples.chat.commands import Command
from chatsimples.dialects.attempts import Finding
from chatsimples.errors import Refusal
from chatsimples.server.worker.gate import NoGate, Verdict
from chatsimples.server.worker.standing import Standing

ANA = Verdict(account="ana", role="member", epoch=1)


class Gate(NoGate):
    def __init__(self, *, account: bool = False, password: bool = False) -> None:
        self.needs_account = account
        self.needs_password = password

    def __bool__(self) -> bool:
        return True

    def check_nick(self, nick: str, account: str) -> None:
        if nick == "ana" != account:
            raise Refusal("nick_registered", nick=nick)

    def epoch(self, account: str) -> int:
        return 1


def asked(standing: Standing, *given: Command) -> list[str]:
    """Tell what came of commands: the refusals' codes, and else the commands' kinds."""
    return [
        each.code if isinstance(each, commands.Fault) else type(each).__name__
        for each in standing.screened(given)
    ]


def hello(nick: str, account: str = "") -> commands.Hello:
    return commands.Hello(1, nick, (), "s" * 20, account=account, role="member" if account else "")


def test_a_nick_of_an_account_is_refused_wherever_a_nick_comes_in() -> None:
    standing = Standing(Gate())
    refused: list[Command] = [commands.Rename(1, "ana", "r1"), hello("ana"), commands.SayAs(1, "ana", "", "")]
    assert ["nick_registered"] * 3 == asked(standing, *refused)
    (fault,) = standing.screened([refused[0]])
    assert commands.Fault(1, "nick_registered", {"nick": "ana"}, "r1") == fault
    assert ["Rename", "Hello", "Say"] == asked(
        standing, commands.Rename(1, "rui"), hello("rui"), commands.Say(1, "oi")
    )


def test_of_a_request_each_command_is_looked_at_and_the_whole_is_refused() -> None:
    standing = Standing(Gate())
    request = commands.Request(1, b"mark", (commands.Ping(1), commands.Rename(1, "ana")))
    fault = commands.Fault(1, "nick_registered", {"nick": "ana"})
    assert [commands.Request(1, b"mark", (fault,))] == list(standing.screened([request]))
    nothing = commands.Request(1, b"mark")
    assert [nothing] == list(Standing(Gate(account=True)).screened([nothing]))


def test_a_hello_that_may_rename_is_of_whom_was_let_in_before() -> None:
    standing = Standing(Gate())
    standing.take(ANA)
    (known,) = standing.screened([commands.Hello(1, "bia", (), "s" * 20, renames=True)])
    assert isinstance(known, commands.Hello)
    assert ("ana", "member") == (known.account, known.role)


def test_what_is_said_under_such_a_nick_is_said_as_it_was_typed() -> None:
    given = list(Standing(Gate()).screened([commands.SayAs(1, "ana", "oi", "ana: oi")]))
    assert commands.Say(1, "ana: oi") == given[1]


def test_its_owner_may_have_it() -> None:
    standing = Standing(Gate())
    standing.take(ANA)
    assert ["Rename", "SayAs"] == asked(
        standing, commands.Rename(1, "ana"), commands.SayAs(1, "ana", "oi", "ana: oi")
    )


def test_who_says_hello_again_as_a_guest_is_one() -> None:
    standing = Standing(Gate(account=True))
    standing.take(ANA)
    assert ["Hello"] == asked(standing, hello("ana", "ana"))
    assert ["login_required", "login_required"] == asked(standing, hello("rui"), commands.Rename(1, "ana"))
    assert standing.is_barred


@pytest.mark.parametrize("gate", [Gate(account=True), Gate(password=True)])
def test_a_stranger_can_do_nothing_but_go(gate: Gate) -> None:
    standing = Standing(gate)
    assert ["login_required", "login_required", "login_required", "Bye", "bad_json"] == asked(
        standing,
        hello("rui"),
        commands.Ping(1),
        commands.SayAs(1, "rui", "oi", "rui: oi"),
        commands.Bye(1),
        commands.Fault(1, "bad_json", {}),
    )


def test_a_stranger_may_be_greeted_and_answered_and_may_say_goodbye() -> None:
    given: list[Command] = [commands.Transmit(1, b"x"), commands.Close(1, "closed", b"y")]
    assert given == list(Standing(Gate(account=True)).screened(given))


def test_the_password_for_all_admits_guests_where_no_account_is_needed() -> None:
    for gate, kind in ((Gate(password=True), "Hello"), (Gate(account=True), "login_required")):
        standing = Standing(gate)
        standing.take(Verdict(admits=True))
        assert [kind] == asked(standing, hello("rui"))


def test_where_there_are_no_accounts_nothing_needs_a_look() -> None:
    assert not Standing(NoGate()).needs_a_look
    assert Standing(Gate()).needs_a_look


def test_only_what_was_proved_and_has_not_changed_since_is_said_in_a_hello() -> None:
    gate = Gate()
    standing = Standing(gate)
    assert ["login_failed"] == asked(standing, hello("bia", "bia"))
    standing.take(Verdict(account="bia", role="member", epoch=1))
    assert ["login_failed", "Hello", "Login"] == asked(
        standing, hello("x", "ana"), hello("bia", "bia"), commands.Login(1, "bia", "member")
    )
    assert [("bia", 1), ("bia", 1)] == standing.take_logins()
    assert [] == standing.take_logins()
    # What it is now has another epoch.
    standing.take(Verdict(account="bia", role="member", epoch=9))
    assert ["login_failed"] == asked(standing, hello("bia", "bia"))


def test_what_was_found_out_is_noted_unless_it_was_refused_after_all() -> None:
    standing = Standing(Gate(account=True))
    assert Finding(code="login_busy") == standing.judged(ANA, "login_busy", {})
    assert standing.is_barred
    assert Finding(account="ana", role="member") == standing.judged(ANA, "", {})
    assert not standing.is_barred


def test_what_was_proved_is_looked_at_though_no_account_is_left() -> None:
    standing = Standing(NoGate())
    assert ["Hello"] == asked(standing, hello("rui"))
    standing.take(ANA)
    assert standing.needs_a_look
    assert ["login_failed"] == asked(standing, hello("ana", "ana"))
